<section class="narrow">
<h1>Log in</h1>
{{#problem}}<p class="problem" role="alert">{{problem}}</p>{{/problem}}
{{#by_proxy}}<p>You log in through your company. <a href="/{{next_page}}">Continue</a></p>{{/by_proxy}}
{{^by_proxy}}<form method="post" action="/login">
<input type="hidden" name="next" value="{{next}}">
{{#asks_tenant}}
<label for="tenant">Company</label>
<input id="tenant" name="tenant" value="{{tenant_name}}" autocomplete="organization" required>
{{/asks_tenant}}
<label for="name">Name</label>
<input id="name" name="name" value="{{name}}" autocomplete="username" autocapitalize="none" required autofocus>
<label for="password">Password</label>
<input id="password" name="password" type="password" autocomplete="current-password" required>
<button class="primary">Log in</button>
</form>{{/by_proxy}}
{{#written}}<label for="written">Your text, to copy</label>
<textarea id="written" rows="6" readonly>
{{written}}</textarea>{{/written}}
</section>
