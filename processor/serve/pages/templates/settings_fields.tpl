{{> settings_head}}
<form method="post" action="/settings/fields" class="settings-form">
<input type="hidden" name="form_token" value="{{form_token}}"><input type="hidden" name="version" value="{{version}}">
<p class="faint">What you know about a lead beside what it does. Rules, filters and imports use these fields. Empty a name to remove the field: leads keep its values.</p>
<table class="rows-form"><thead><tr><th scope="col">Name</th><th scope="col">Type</th></tr></thead><tbody>
{{#rows}}<tr><td><input name="field" value="{{field}}" aria-label="Name of the field" placeholder="New field"></td><td><select name="type" aria-label="Type of {{field}}">{{#types}}<option value="{{value}}"{{#selected}} selected{{/selected}}>{{label}}</option>{{/types}}</select></td></tr>
{{/rows}}</tbody></table>
<p><label><input type="checkbox" name="strict" value="true"{{#strict}} checked{{/strict}}> Refuse fields that are not in this list where people or programs write them</label></p>
{{> settings_save}}
</form>
