{{> settings_tabs}}
{{> account_notice}}
{{#has_rows}}
<div class="scroll" tabindex="0" role="region" aria-label="Table of webhooks">
<table class="stacks webhooks">
<thead><tr><th scope="col">URL</th><th scope="col">State</th><th scope="col">Changes</th><th scope="col" class="number">Waiting</th></tr></thead>
<tbody>
{{#rows}}
<tr><th scope="row"><a href="/settings/webhooks?{{id_query}}" title="{{url}}">{{url}}</a></th><td data-label="State">{{> webhook_state}}{{#stopped_because}} <small>{{stopped_because}}</small>{{/stopped_because}}{{#is_failing}} <small>{{last_error}}</small>{{/is_failing}}</td><td data-label="Changes">{{events_text}}</td><td class="number" data-label="Waiting">{{waiting}}</td></tr>
{{/rows}}
</tbody>
</table>
</div>
{{/has_rows}}
{{^has_rows}}{{#is_read}}<p class="empty"><b>No webhooks yet</b>A webhook tells another program, such as your CRM, what happens to leads: it gets each change within a second, signed. Enter its URL below.</p>{{/is_read}}{{/has_rows}}
<h2>Add a webhook</h2>
<form method="post" action="/settings/webhooks" class="stack">
<input type="hidden" name="form_token" value="{{form_token}}">
{{> webhook_form}}
<p><button class="primary" name="what" value="add">Add webhook</button></p>
</form>
