<form method="get" action="/{{page}}" role="search" class="search">
<svg class="icon" aria-hidden="true"><use href="/assets/icons.svg?v={{assets}}#search"/></svg><label for="name" class="hidden">Part of the name</label>
<input id="name" name="name" type="search" value="{{name}}" placeholder="Part of the name">
<button class="hidden" tabindex="-1">Search</button>
</form>
