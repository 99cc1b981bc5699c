<section class="narrow">
<h1>Change {{leads}}?</h1>
<dl class="facts"><dt>What</dt><dd>{{what}}</dd>{{#values}}<dt>{{label}}</dt><dd>{{text}}</dd>{{/values}}</dl>
{{#is_final}}<p class="warning">This stage is final: it cannot be changed afterwards.</p>{{/is_final}}
{{#refused}}<p class="warning">{{refused}} in a final stage. Nothing changes there. <a href="/leads?{{refused_query}}">Show them</a></p>{{/refused}}
<p>The leads are changed in the background, and the audit log has each change. You can cancel the job under Jobs; leads that it has changed by then keep the change.</p>
<form method="post" action="/leads/bulk">
<input type="hidden" name="form_token" value="{{form_token}}"><input type="hidden" name="confirmed" value="1">
{{#fields}}<input type="hidden" name="{{field}}" value="{{value}}">{{/fields}}
<button class="primary">Change {{leads}}</button> <a href="/leads?{{back}}">Back</a>
</form>
</section>
