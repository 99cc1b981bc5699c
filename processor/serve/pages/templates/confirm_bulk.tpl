<section class="narrow">
<h1>Change {{leads}}?</h1>
<dl class="facts"><dt>What</dt><dd>{{what}}</dd>{{#values}}<dt>{{label}}</dt><dd>{{text}}</dd>{{/values}}</dl>
{{#is_final}}<p class="warning">This stage is final: it cannot be changed afterwards.</p>{{/is_final}}
<p>A job changes them in the background, and records each change. You can cancel it under Jobs; what it has changed stays changed.</p>
<form method="post" action="/leads/bulk">
<input type="hidden" name="form_token" value="{{form_token}}"><input type="hidden" name="confirmed" value="1">
{{#fields}}<input type="hidden" name="{{field}}" value="{{value}}">{{/fields}}
<button>Change {{leads}}</button> <a href="/leads?{{back}}">Back</a>
</form>
</section>
