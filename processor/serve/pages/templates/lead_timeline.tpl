<fieldset class="only"><legend class="hidden">Show</legend>
<label><input type="radio" name="only" value="all" checked> All</label>
<label><input type="radio" name="only" value="note"> Notes</label>
<label><input type="radio" name="only" value="did"> Engagement</label>
<label><input type="radio" name="only" value="work"> Edits</label>
<label><input type="radio" name="only" value="change"> Changes</label>
</fieldset>
<div class="timeline" data-part="activity">
{{#at_remove_note}}<p class="error" role="alert">{{at_remove_note}}</p>{{/at_remove_note}}
{{#days}}<section><h3{{#full_day}} title="{{full_day}}"{{/full_day}}>{{day}}</h3>
<ol>{{#entries}}<li data-kind="{{kind}}"><svg class="icon" aria-hidden="true"><use href="/assets/icons.svg?v={{assets}}#{{icon}}"/></svg>
<p>{{#is_note}}<b>{{actor}} noted:</b> <span class="note">{{sentence}}</span>{{/is_note}}{{^is_note}}{{#actor}}<b>{{actor}}</b> {{/actor}}{{sentence}}{{/is_note}}</p> {{> shown_time}}{{#note_id}}<form method="post" action="/leads/edit">{{> lead_action}}<input type="hidden" name="action" value="remove-note"><input type="hidden" name="note" value="{{note_id}}"><button class="icon-button" aria-label="Remove the note of {{full}}" title="Remove" data-asks="Remove this note for good? “{{sentence}}”"><svg class="icon" aria-hidden="true"><use href="/assets/icons.svg?v={{assets}}#trash"/></svg></button></form>{{/note_id}}</li>
{{/entries}}</ol></section>
{{/days}}{{^days}}<p class="faint">Nothing has happened yet.</p>{{/days}}
{{#folded}}<p>Older events, until {{#folded_until}}{{> shown_time}}{{/folded_until}}, are kept only as counts: {{folded}}.</p>{{/folded}}
{{#older_query}}<p><a href="/leads/timeline?{{older_query}}">Older</a></p>{{/older_query}}
</div>
