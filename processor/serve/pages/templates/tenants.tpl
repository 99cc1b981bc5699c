{{> settings_tabs}}
{{> account_notice}}
<div class="scroll" tabindex="0" role="region" aria-label="Table of companies">
<table>
<thead><tr><th scope="col">Tenant</th></tr></thead>
<tbody>
{{#rows}}
<tr><th scope="row">{{tenant_name}}{{#is_own}} <small>yours</small>{{/is_own}}</th></tr>
{{/rows}}
</tbody>
</table>
</div>
<h2>Add a tenant</h2>
<form method="post" action="/settings/tenants" class="grid">
<input type="hidden" name="form_token" value="{{form_token}}">
<label>Tenant id <input name="new_tenant" value="{{typed_new_tenant}}" required maxlength="128" autocomplete="off" placeholder="blue"></label>
<label>Name of its first admin <input name="admin" value="{{typed_admin}}" maxlength="128" autocomplete="off" placeholder="kim"></label>
{{#at_form}}<p class="error" role="alert">{{at_form}}</p>{{/at_form}}
<button class="primary">Add tenant</button>
</form>
<p><small>A tenant is a company with leads, users and definitions of its own. Without a first admin, nobody can log in to it until an operator adds a user.</small></p>
