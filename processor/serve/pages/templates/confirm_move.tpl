<section class="narrow">
<h1>Move {{name}} to {{stage_label}}?</h1>
<p>This stage is final: it cannot be changed afterwards.</p>
<form method="post" action="/{{form}}">
<input type="hidden" name="form_token" value="{{form_token}}"><input type="hidden" name="confirmed" value="yes">
{{#fields}}<input type="hidden" name="{{field}}" value="{{value}}">{{/fields}}
<button class="primary">Move to {{stage_label}}</button> <a href="/{{place}}?{{back}}">Back</a>
</form>
</section>
