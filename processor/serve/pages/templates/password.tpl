<section class="narrow">
<h1>Change your password</h1>
{{#problem}}<p class="problem" role="alert">{{problem}}</p>{{/problem}}
<p>At least 12 characters. You stay logged in here, and are logged out everywhere else.</p>
<form method="post" action="/password">
<input type="hidden" name="form_token" value="{{form_token}}">
<label for="old">Current password</label>
<input id="old" name="old" type="password" autocomplete="current-password" required>
<label for="new">New password</label>
<input id="new" name="new" type="password" autocomplete="new-password" minlength="12" required>
<label for="again">Repeat the new password</label>
<input id="again" name="again" type="password" autocomplete="new-password" minlength="12" required>
<button class="primary">Change password</button>
</form>
</section>
