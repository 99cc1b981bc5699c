<h1>Lists</h1>
{{#problem}}<p class="problem" role="alert">{{problem}}</p>{{/problem}}
{{#done}}<p class="done" role="status">Saved. Names and numbers follow within some seconds.</p>{{/done}}
<div class="bar">
{{> name_search}}
{{#is_manager}}<form method="post" action="/lists" class="inline new-list">{{> form_fields}}<label>New list <input name="name" value="{{#at_new}}{{typed_name}}{{/at_new}}" required maxlength="200" placeholder="Spring fair"{{#at_new}} aria-invalid="true" aria-describedby="new-problem" autofocus{{/at_new}}></label> <button class="primary" name="what" value="add">Add list</button>{{#at_new}}<p class="error" id="new-problem" role="alert">{{at_new}}</p>{{/at_new}}</form>{{/is_manager}}
</div>
{{#has_more}}<p class="warning">These are the first {{most}} of {{found}} lists. Search for others by name.</p>{{/has_more}}
{{#has_rows}}
<div class="scroll lists" tabindex="0" role="region" aria-label="Table of lists">
<table class="stacks">
<thead><tr><th scope="col">List</th><th scope="col" class="number">Leads</th>{{#is_manager}}<th scope="col"><span class="hidden">Actions</span></th>{{/is_manager}}</tr></thead>
<tbody>
{{#rows}}
<tr><th scope="row" title="{{list_id}}">{{list_name}}</th><td class="number" data-label="Leads"><a href="/leads?{{query}}">{{count}} <span class="hidden">leads in {{list_name}}</span></a></td>
{{#is_manager}}<td class="list-acts"><div>
<details class="menu menu-end" name="list-menu"{{#at_member}} open{{/at_member}}><summary class="button plain">Add a lead</summary><form method="post" action="/lists" class="menu-list form">{{> form_fields}}<input type="hidden" name="list" value="{{list_id}}"><label>E-mail or id <input name="lead" value="{{typed_lead}}" required autocomplete="off"{{#at_member}} aria-invalid="true" autofocus{{/at_member}}></label>{{#at_member}}<p class="error" role="alert">{{at_member}}</p>{{/at_member}}<button name="what" value="member">Add to {{list_name}}</button></form></details>
<a class="button plain" href="/leads?{{query}}" title="Select leads there, and remove them from the list">Remove leads</a>
<details class="menu menu-end" name="list-menu"{{#at_rename}} open{{/at_rename}}><summary class="button plain">Rename</summary><form method="post" action="/lists" class="menu-list form">{{> form_fields}}<input type="hidden" name="list" value="{{list_id}}"><label>Name <input name="name" value="{{new_name}}" required maxlength="200"{{#at_rename}} aria-invalid="true" autofocus{{/at_rename}}></label>{{#at_rename}}<p class="error" role="alert">{{at_rename}}</p>{{/at_rename}}<button name="what" value="rename">Rename</button></form></details>
<details class="menu menu-end" name="list-menu"><summary class="button plain danger">Delete</summary><form method="post" action="/lists" class="menu-list form">{{> form_fields}}<input type="hidden" name="list" value="{{list_id}}"><p>{{leads}} will be taken out of the list. The leads stay.</p><button class="danger" name="what" value="remove">Delete {{list_name}}</button></form></details>
</div></td>{{/is_manager}}</tr>
{{/rows}}
</tbody>
</table>
</div>
{{/has_rows}}
{{^has_rows}}<p class="empty">{{#name}}<b>No list has “{{name}}” in its name.</b><a href="/lists">Show all lists</a>{{/name}}{{^name}}<b>No lists yet</b>A list holds the leads that somebody puts on it. {{#is_manager}}Add one above.{{/is_manager}}{{/name}}</p>{{/has_rows}}
