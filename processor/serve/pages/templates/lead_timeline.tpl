<fieldset class="only"><legend class="hidden">Show</legend>
<label><input type="radio" name="only" value="all" checked> All</label>
<label><input type="radio" name="only" value="note"> Notes</label>
<label><input type="radio" name="only" value="did"> Engagement</label>
<label><input type="radio" name="only" value="work"> Edits</label>
<label><input type="radio" name="only" value="change"> Changes</label>
</fieldset>
<div class="timeline" data-part="activity">
{{#days}}<section><h3{{#full_day}} title="{{full_day}}"{{/full_day}}>{{day}}</h3>
<ol>{{#entries}}<li data-kind="{{kind}}"><svg class="icon" aria-hidden="true"><use href="/assets/icons.svg?v={{assets}}#{{icon}}"/></svg>
<p>{{#is_note}}<b>{{actor}} noted:</b> <span class="note">{{sentence}}</span>{{/is_note}}{{^is_note}}{{#actor}}<b>{{actor}}</b> {{/actor}}{{sentence}}{{/is_note}}</p> {{> shown_time}}</li>
{{/entries}}</ol></section>
{{/days}}{{^days}}<p class="faint">Nothing has happened yet.</p>{{/days}}
{{#folded}}<p>Older events, until {{#folded_until}}{{> shown_time}}{{/folded_until}}, are kept only as counts: {{folded}}.</p>{{/folded}}
{{#older_query}}<p><a href="/leads/timeline?{{older_query}}">Older</a></p>{{/older_query}}
</div>
