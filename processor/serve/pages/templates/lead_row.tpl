<tr data-lead="{{id}}"{{#version}} data-version="{{version}}"{{/version}}{{#is_open}} class="open" aria-current="true"{{/is_open}}>
{{#is_manager}}<td class="pick"><input type="checkbox" name="lead" value="{{id}}" form="bulk"{{#is_chosen}} checked{{/is_chosen}} aria-label="Select {{name}}"></td>{{/is_manager}}
<th scope="row" data-label="Name"><a href="/leads?{{list_query}}&amp;{{lead_query}}#detail" title="{{name}}"><span class="avatar" aria-hidden="true">{{initials}}</span><span dir="auto">{{name}}</span></a></th>
{{#cells}}
{{#is_plain}}<td data-label="{{label}}"{{#edit}} data-edit="{{edit}}"{{#takes_number}} data-type="number"{{/takes_number}}{{#plain}} data-was="{{plain}}"{{/plain}}{{#is_derived}} data-was=""{{/is_derived}}{{/edit}}{{#is_owner}}{{#is_manager}}{{^is_final}} data-edit="agent"{{/is_final}}{{/is_manager}}{{/is_owner}}{{#value}} dir="auto" title="{{value}}"{{/value}}{{#is_number}} class="number"{{/is_number}}>{{value}}{{#time}}{{> shown_time}}{{/time}}</td>{{/is_plain}}
{{#is_status}}<td data-label="Status">
{{#is_final}}{{> status_chip}}{{/is_final}}
{{^is_final}}
<form method="post" action="/leads/edit" class="inline" data-auto>
{{> form_fields}}<input type="hidden" name="lead" value="{{id}}"><input type="hidden" name="action" value="stage">
<span class="chip stage-{{stage}}{{#mail_class}} mail-{{mail_class}}{{/mail_class}}"{{#stage_title}} title="{{stage_title}}"{{/stage_title}}><select name="stage" aria-label="Status of {{name}}">
{{#mail_word}}<option value="{{stage}}" selected hidden>{{mail_word}}</option>{{/mail_word}}
{{#stages}}<option value="{{value}}"{{^mail_word}}{{#selected}} selected{{/selected}}{{/mail_word}}{{#ends}} data-final="yes"{{/ends}}>{{label}}</option>{{/stages}}
</select></span>
<button>Set</button>
</form>
{{/is_final}}
</td>{{/is_status}}
{{#is_score}}<td data-label="Score"><b>{{score}}</b>{{#tier}} <span class="chip tier tier-{{tier}}">{{tier}}</span>{{/tier}}</td>{{/is_score}}
{{#is_last_engaged}}<td data-label="Last activity">{{#last_activity}}{{> shown_time}}{{/last_activity}}</td>{{/is_last_engaged}}
{{/cells}}
<td class="acts"><a class="icon-button" href="/leads/actions?{{lead_query}}&amp;{{back_query}}" aria-label="Actions for {{name}}" title="Actions" data-menu><svg class="icon" aria-hidden="true"><use href="/assets/icons.svg?v={{assets}}#more"/></svg></a></td>
</tr>
