<section class="narrow">
<h1>Change {{count}} contacts?</h1>
<p>{{what}}: each of them is changed and recorded by itself. It goes on in the background, and can be cancelled under Jobs.</p>
<form method="post" action="/leads/bulk">
<input type="hidden" name="form_token" value="{{form_token}}"><input type="hidden" name="confirmed" value="1">
{{#fields}}<input type="hidden" name="{{field}}" value="{{value}}">{{/fields}}
<button>Change {{count}} contacts</button> <a href="/leads?{{back}}">Back</a>
</form>
</section>
