<tr data-lead="{{id}}"{{#version}} data-version="{{version}}"{{/version}}{{#is_open}} class="open" aria-current="true"{{/is_open}}>
{{#is_manager}}<td class="pick"><input type="checkbox" name="lead" value="{{id}}" form="bulk" aria-label="Select {{name}}"></td>{{/is_manager}}
<th scope="row" data-label="Name"><a href="/leads?{{list_query}}&amp;{{lead_query}}#detail">{{name}}</a></th>
<td data-label="E-mail">{{mailbox}}<wbr>{{mail_domain}}</td>
<td data-label="Phone">{{phone}}</td>
<td data-label="Company">{{company}}</td>
<td data-label="Domain">{{domain}}</td>
<td data-label="Score">{{score}} <small>{{tier}}</small></td>
<td data-label="Status">
{{#is_final}}<span class="chip stage-{{stage}}">{{status_label}}</span>{{/is_final}}
{{^is_final}}
<form method="post" action="/leads/edit" class="inline" data-auto>
{{> form_fields}}<input type="hidden" name="lead" value="{{id}}"><input type="hidden" name="action" value="stage">
<select name="stage" class="chip stage-{{stage}}" aria-label="Status of {{name}}">
{{#stages}}<option value="{{value}}"{{#selected}} selected{{/selected}}{{#ends}} data-final="yes"{{/ends}}>{{label}}</option>{{/stages}}
</select>
<button>Set</button>
</form>
{{/is_final}}
</td>
</tr>
