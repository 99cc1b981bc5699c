<label>URL <input name="url" type="url" value="{{typed_url}}" required maxlength="2048" placeholder="https://crm.example/leads"{{#url_problem}} aria-invalid="true" aria-describedby="url-problem" autofocus{{/url_problem}}></label>
{{#url_problem}}<p class="error" id="url-problem" role="alert">{{url_problem}}</p>{{/url_problem}}
<fieldset><legend>Changes to post</legend><small>If none is chosen, all are posted, also kinds that a later version brings.</small>
{{#events}}<label><input type="checkbox" name="event" value="{{value}}"{{#selected}} checked{{/selected}}> {{label}}</label>
{{/events}}</fieldset>
<label class="check"><input type="checkbox" name="contact" value="1"{{#sends_contact}} checked{{/sends_contact}}> Post the whole lead with each change</label>
