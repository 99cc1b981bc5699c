<section class="narrow">
<h1>Choose your password</h1>
{{#problem}}<p class="problem" role="alert">{{problem}}</p>{{/problem}}
<p>You log in as <b>{{invited}}</b>, with a password of at least 12 characters.</p>
<form method="post" action="/invite">
<input type="hidden" name="code" value="{{code}}">
<label for="new">Password</label>
<input id="new" name="new" type="password" autocomplete="new-password" minlength="12" required autofocus>
<label for="again">Repeat the password</label>
<input id="again" name="again" type="password" autocomplete="new-password" minlength="12" required>
<button class="primary">Save and log in</button>
</form>
</section>
