{{#follow_up_day}}<div class="callout{{#is_due}} due{{/is_due}}" data-part="due">
<p><b>Follow up {{> shown_time}}</b>{{#is_overdue}} <span class="bad">overdue</span>{{/is_overdue}}{{#follow_up_note}}<br>{{follow_up_note}}{{/follow_up_note}}</p>
<form method="post" action="/leads/edit">{{> lead_action}}<input type="hidden" name="action" value="update"><input type="hidden" name="was:follow_up_on" value="{{follow_up_was}}"><input type="hidden" name="value:follow_up_on" value=""><input type="hidden" name="was:follow_up_note" value="{{follow_up_note_was}}"><input type="hidden" name="value:follow_up_note" value=""><button>Done</button></form>
</div>{{/follow_up_day}}{{^follow_up_day}}<div data-part="due"></div>{{/follow_up_day}}
<form method="post" action="/leads/edit" class="note-form" data-part="note" id="new-note">{{> lead_action}}<input type="hidden" name="action" value="notes">
<label for="note-text" class="hidden">New note</label><textarea id="note-text" name="text" rows="1" required placeholder="Write a note…">{{typed_text}}</textarea>
{{#at_notes}}<p class="error" role="alert">{{at_notes}}</p>{{/at_notes}}
<button>Add note</button></form>
<form method="post" action="/leads/edit" class="fields" data-fields>
<div data-part="keys" hidden>{{> lead_action}}<input type="hidden" name="action" value="update"><input type="hidden" name="version" value="{{version}}"></div>
<div data-part="conflicts">{{#at_update}}<p class="problem pre" role="alert">{{at_update}}</p>{{/at_update}}
{{#has_conflicts}}<ul class="problem">{{#conflicts}}<li><b>{{conflict_label}}</b>: you wrote “{{typed}}”, it is now “{{now}}”</li>{{/conflicts}}</ul>{{/has_conflicts}}</div>
{{#groups}}<section data-part="group {{group}}"><h3>{{group}}</h3>
{{#fields}}{{> lead_field}}{{/fields}}</section>{{/groups}}
<p class="without-script"><button class="primary">Save</button></p>
<details class="more-fields" data-part="new-field"{{#at_update}} open{{/at_update}}><summary>Add a field</summary>
<label>Name of the new field <input name="new_name" value="{{typed_new_name}}" placeholder="city" autocomplete="off"></label>
<label>Its value <input name="new_value" value="{{typed_new_value}}" autocomplete="off"></label>
<button>Add field</button></details>
</form>
<h3>Tags, lists, campaigns</h3>
{{> lead_names}}
