{{> settings_head}}
<form method="post" action="/settings/mail" class="settings-form">
<input type="hidden" name="form_token" value="{{form_token}}"><input type="hidden" name="version" value="{{version}}">
<h2>Topics</h2>
<p class="faint">People may leave a topic and still get other mail. The id is the name of the group at your mail provider.</p>
<table class="rows-form"><thead><tr><th scope="col">Id</th><th scope="col">Name</th></tr></thead><tbody>
{{#rows}}<tr><td><input name="topic" value="{{topic}}" aria-label="Id of the topic" placeholder="New topic"></td><td><input name="topic_name" value="{{topic_name}}" aria-label="Name of the topic {{topic}}"></td></tr>
{{/rows}}</tbody></table>
<h2>Suppressed domains</h2>
<p class="faint">Addresses of these domains get no mail. One a line: <code>competitor.example</code>, or <code>*.competitor.example</code> for all below it.</p>
<label for="domains" class="hidden">Suppressed domains</label>
<textarea id="domains" name="domains" rows="6" spellcheck="false">
{{domains}}</textarea>
{{> settings_save}}
</form>
