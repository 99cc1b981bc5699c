<h1>Settings</h1>
<nav class="tabs" aria-label="Settings"><ul>
{{#tabs}}<li><a href="/{{path}}"{{#is_current}} aria-current="page"{{/is_current}}>{{label}}</a></li>{{/tabs}}
</ul></nav>
