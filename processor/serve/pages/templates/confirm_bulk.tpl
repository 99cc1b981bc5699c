<section class="narrow">
<h1>Change {{count}} contacts?</h1>
<p>{{what}}: a job changes them in the background, and records each change. You can cancel it under Jobs.</p>
<form method="post" action="/leads/bulk">
<input type="hidden" name="form_token" value="{{form_token}}"><input type="hidden" name="confirmed" value="1">
{{#fields}}<input type="hidden" name="{{field}}" value="{{value}}">{{/fields}}
<button>Change {{count}} contacts</button> <a href="/leads?{{back}}">Back</a>
</form>
</section>
