<form method="get" action="/leads/columns" class="column-choice" data-label="Columns">
<h2>Columns of the table</h2>
<input type="hidden" name="back" value="{{back}}"><input type="hidden" name="done" value="1">
<div class="choices-of">{{#ours}}<label><input type="checkbox" name="column" value="{{value}}"{{#selected}} checked{{/selected}}> {{label}}</label>{{/ours}}</div>
{{#has_further}}<h3>Fields</h3>
<div class="choices-of">{{#further}}<label><input type="checkbox" name="column" value="{{value}}"{{#selected}} checked{{/selected}}> {{label}}</label>{{/further}}</div>{{/has_further}}
<p class="faint">At most twelve beside the name. Save a view to keep them with a search.</p>
<footer><a class="button plain" href="/leads/columns?done=1&amp;{{back_query}}">The usual columns</a><button class="primary">Show these</button></footer>
</form>
