{{> settings_tabs}}
{{> account_notice}}
{{#has_rows}}
<div class="scroll" tabindex="0" role="region" aria-label="Table of API tokens">
<table class="stacks">
<thead><tr><th scope="col">Label</th><th scope="col">Role</th><th scope="col">Scopes</th><th scope="col">Created</th><th scope="col">Expires</th><th scope="col">Last used</th><th scope="col">Revoke</th></tr></thead>
<tbody>
{{#rows}}
<tr><th scope="row">{{label}}</th><td data-label="Role">{{role}} {{#agent}}<small>{{agent}}</small>{{/agent}}</td><td data-label="Scopes">{{scopes}}</td><td data-label="Created">{{#created}}{{> shown_time}}{{/created}}</td><td data-label="Expires">{{#expires}}{{> shown_time}}{{/expires}}</td><td data-label="Last used">{{#last_used}}{{> shown_time}}{{/last_used}}</td>
<td>{{#is_valid}}<form method="post" action="/settings/tokens" class="inline"><input type="hidden" name="form_token" value="{{form_token}}"><input type="hidden" name="token" value="{{id}}"><button class="plain" name="what" value="revoke" data-asks="Revoke {{label}}? Programs that use it are refused at once.">Revoke <span class="hidden">{{label}}</span></button></form>{{/is_valid}}{{^is_valid}}Revoked {{#revoked}}{{> shown_time}}{{/revoked}}{{/is_valid}}</td></tr>
{{/rows}}
</tbody>
</table>
</div>
{{/has_rows}}
{{^has_rows}}<p>No tokens. A program needs one to use the API.</p>{{/has_rows}}
<h2>Create a token</h2>
<form method="post" action="/settings/tokens" class="grid">
<input type="hidden" name="form_token" value="{{form_token}}">
<label>Label <input name="label" value="{{typed_label}}" required maxlength="128" placeholder="CRM"{{#at_label}} aria-invalid="true" aria-describedby="label-problem" autofocus{{/at_label}}></label>{{#at_label}}<p class="error" id="label-problem" role="alert">{{at_label}}</p>{{/at_label}}
<label>Role <select name="role">{{#roles}}<option value="{{value}}"{{#selected}} selected{{/selected}}>{{label}}</option>{{/roles}}</select></label>
<label>Agent id <input name="agent" value="{{typed_agent}}" placeholder="for the role agent"{{#at_agent}} aria-invalid="true" aria-describedby="agent-problem" autofocus{{/at_agent}}></label>{{#at_agent}}<p class="error" id="agent-problem" role="alert">{{at_agent}}</p>{{/at_agent}}
<label>Expires <input name="expires" type="date" value="{{typed_expires}}"{{#at_expires}} aria-invalid="true" aria-describedby="expires-problem" autofocus{{/at_expires}}></label>{{#at_expires}}<p class="error" id="expires-problem" role="alert">{{at_expires}}</p>{{/at_expires}}
<fieldset><legend>Scopes</legend>
{{#scopes}}<label><input type="checkbox" name="scope" value="{{value}}"{{#is_checked}} checked{{/is_checked}}> {{label}}</label>
{{/scopes}}
</fieldset>
{{#at_form}}<p class="error" role="alert">{{at_form}}</p>{{/at_form}}
<button class="primary" name="what" value="create">Create token</button>
</form>
