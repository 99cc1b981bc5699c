<label>URL <input name="url" type="url" value="{{typed_url}}" required maxlength="2048" placeholder="https://crm.example/leads"></label>
<fieldset><legend>Changes to post</legend><small>If none is chosen, all are posted, also kinds that a later version brings.</small>
{{#events}}<label><input type="checkbox" name="event" value="{{value}}"{{#selected}} checked{{/selected}}> {{label}}</label>
{{/events}}</fieldset>
<label class="check"><input type="checkbox" name="contact" value="1"{{#sends_contact}} checked{{/sends_contact}}> Post the whole lead with each change</label>
