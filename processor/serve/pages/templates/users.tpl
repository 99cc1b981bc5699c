{{> settings_tabs}}
{{> account_notice}}
<div class="scroll" tabindex="0" role="region" aria-label="Table of users">
<table class="stacks users">
<thead><tr><th scope="col">Name</th><th scope="col">Rights</th><th scope="col">Link</th><th scope="col">Remove</th></tr></thead>
<tbody>
{{#rows}}
<tr><th scope="row">{{name}}{{#disabled}} <small>disabled</small>{{/disabled}}</th>
{{^may_change}}<td>{{role_label}}</td><td></td><td></td></tr>{{/may_change}}
{{#may_change}}
<td><form method="post" action="/settings/users" class="inline"><input type="hidden" name="form_token" value="{{form_token}}"><input type="hidden" name="user" value="{{name}}">
<label>Role <select name="role">{{#roles}}<option value="{{value}}"{{#selected}} selected{{/selected}}>{{label}}</option>{{/roles}}</select></label>
<label>Agent id <input name="agent" value="{{agent}}" size="12"></label>
<label><input type="checkbox" name="disabled" value="1"{{#disabled}} checked{{/disabled}}> Disabled</label>
<button name="what" value="change">Save <span class="hidden">{{name}}</span></button></form></td>
<td><form method="post" action="/settings/users" class="inline"><input type="hidden" name="form_token" value="{{form_token}}"><input type="hidden" name="user" value="{{name}}"><button class="plain" name="what" value="invite" title="A link with which {{name}} sets a new password">New link <span class="hidden">for {{name}}</span></button></form></td>
<td><form method="post" action="/settings/users" class="inline"><input type="hidden" name="form_token" value="{{form_token}}"><input type="hidden" name="user" value="{{name}}"><button class="plain" name="what" value="remove" data-asks="Remove {{name}}?">Remove <span class="hidden">{{name}}</span></button></form></td></tr>
{{/may_change}}
{{/rows}}
</tbody>
</table>
</div>
<h2>Invite somebody</h2>
<form method="post" action="/settings/users" class="grid">
<input type="hidden" name="form_token" value="{{form_token}}">
<label>Name <input name="name" value="{{typed_name}}" required maxlength="128" autocomplete="off"{{#at_name}} aria-invalid="true" aria-describedby="name-problem" autofocus{{/at_name}}></label>{{#at_name}}<p class="error" id="name-problem" role="alert">{{at_name}}</p>{{/at_name}}
<label>Role <select name="role">{{#roles}}<option value="{{value}}"{{#selected}} selected{{/selected}}>{{label}}</option>{{/roles}}</select></label>
<label>Agent id <input name="agent" value="{{typed_agent}}" placeholder="ben"{{#at_agent}} aria-invalid="true" aria-describedby="agent-problem" autofocus{{/at_agent}}></label>{{#at_agent}}<p class="error" id="agent-problem" role="alert">{{at_agent}}</p>{{/at_agent}}
{{#at_form}}<p class="error" role="alert">{{at_form}}</p>{{/at_form}}
<button class="primary" name="what" value="add">Make the link</button>
</form>
<p><small>You get a link to send: it lets the person choose a password, once, within three days. The agent id is the one that leads are assigned to. An agent sees its own leads and those without an agent, a manager all of the company; an admin also changes these settings.</small></p>
