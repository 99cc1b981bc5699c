<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<meta name="color-scheme" content="light dark">
<title>{{title}} · Leadpulse</title>
<link rel="icon" href="/assets/icon.svg?v={{assets}}">
<link rel="stylesheet" href="/assets/style.css?v={{assets}}">
<link rel="stylesheet" href="/assets/lead.css?v={{assets}}">
<script src="/assets/live.js?v={{assets}}" defer></script>
<script src="/assets/panel.js?v={{assets}}" defer></script>
</head>
<body>
<a class="skip" href="#main">Skip to the content</a>
<header class="top">
<a class="brand" href="/">Leadpulse</a>
{{#is_logged_in}}
<nav aria-label="Pages">
<ul>
{{#navigation}}
<li><a href="/{{path}}"{{#is_current}} aria-current="page"{{/is_current}}>{{label}}</a></li>
{{/navigation}}
</ul>
</nav>
<div class="who">
<span>{{user}} <small>{{role}}, <span title="{{tenant_id}}">{{tenant}}</span></small></span>
<a href="/password">Password</a>
<form method="post" action="/logout"><input type="hidden" name="form_token" value="{{form_token}}"><button class="plain">Log out</button></form>
</div>
{{/is_logged_in}}
</header>
<main id="main" tabindex="-1">
{{#missing}}<p class="warning">A part of the leads cannot be read at the moment: they are neither listed nor counted (partitions {{missing}}).</p>
{{/missing}}
{{#indexing}}<p>The leads are being indexed ({{indexing}} %). Until then, lists and counts take longer.</p>
{{/indexing}}
{{> content}}
</main>
</body>
</html>
