<section class="narrow">
<h1>Move {{name}} to {{stage}}?</h1>
<p>This stage is final: it cannot be changed afterwards.</p>
<form method="post" action="/leads/edit">
<input type="hidden" name="form_token" value="{{form_token}}"><input type="hidden" name="confirmed" value="yes">
{{#fields}}<input type="hidden" name="{{field}}" value="{{value}}">{{/fields}}
<button class="primary">Move to {{stage}}</button> <a href="/leads?{{back}}">Back</a>
</form>
</section>
