<nav class="rail" aria-label="Pages">
<a class="brand" href="/" title="Leadpulse"><svg class="icon" aria-hidden="true"><use href="/assets/icons.svg?v={{assets}}#leadpulse"/></svg><span>Leadpulse</span></a>
<ul>
{{#places}}
<li><a href="/{{path}}" title="{{label}}"{{#is_current}} aria-current="page"{{/is_current}}><svg class="icon" aria-hidden="true"><use href="/assets/icons.svg?v={{assets}}#{{icon}}"/></svg><span>{{label}}</span>{{#number}} <b class="badge" id="due">{{number}}</b>{{/number}}</a></li>
{{/places}}
</ul>
{{#has_views}}
<h2>Saved views</h2>
<ul class="views">
{{#views}}
<li><a href="/leads?{{query}}" title="{{view_title}}{{#is_shared}}, for everybody{{/is_shared}}"{{#is_current}} aria-current="page"{{/is_current}}><svg class="icon" aria-hidden="true"><use href="/assets/icons.svg?v={{assets}}#view"/></svg><span>{{view_title}}</span></a>
{{#may_be_removed}}<form method="post" action="/leads/views/remove"><input type="hidden" name="form_token" value="{{form_token}}"><input type="hidden" name="view_id" value="{{view_id}}"><button class="icon-button" aria-label="Remove the view {{view_title}}" title="Remove" data-asks="Remove the view {{view_title}}?"><svg class="icon" aria-hidden="true"><use href="/assets/icons.svg?v={{assets}}#close"/></svg></button></form>{{/may_be_removed}}</li>
{{/views}}
</ul>
{{/has_views}}
<form method="post" action="/look" class="fold"><input type="hidden" name="form_token" value="{{form_token}}"><input type="hidden" name="here" value="{{here}}"><button class="icon-button" name="rail" value="{{#is_folded}}open{{/is_folded}}{{^is_folded}}folded{{/is_folded}}" aria-label="Fold the pages to icons" aria-pressed="{{#is_folded}}true{{/is_folded}}{{^is_folded}}false{{/is_folded}}" title="Fold or unfold"><svg class="icon" aria-hidden="true"><use href="/assets/icons.svg?v={{assets}}#fold"/></svg></button></form>
</nav>
