<!DOCTYPE html>
<html lang="en"{{#theme}} data-theme="{{theme}}"{{/theme}}>
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<meta name="color-scheme" content="light dark">
<title>{{title}} · Leadpulse</title>
<link rel="icon" href="/assets/icon.svg?v={{assets}}">
<link rel="stylesheet" href="/assets/style.css?v={{assets}}">
<link rel="stylesheet" href="/assets/lead.css?v={{assets}}">
<link rel="stylesheet" href="/assets/frame.css?v={{assets}}">
<link rel="stylesheet" href="/assets/report.css?v={{assets}}">
<script src="/assets/live.js?v={{assets}}" defer></script>
<script src="/assets/frame.js?v={{assets}}" defer></script>
<script src="/assets/panel.js?v={{assets}}" defer></script>
</head>
<body class="{{#is_logged_in}}framed{{/is_logged_in}}{{#is_folded}} folded{{/is_folded}}">
<a class="skip" href="#main">Skip to the content</a>
{{#is_logged_in}}
{{> rail}}
<header class="top">
<form method="get" action="/leads" role="search" class="search">
<label for="query" class="hidden">Search leads</label>
<svg class="icon" aria-hidden="true"><use href="/assets/icons.svg?v={{assets}}#search"/></svg><input id="query" name="query" type="search" value="{{search_text}}" placeholder="Search leads" title="Words, or field:value, such as industry:SaaS score&gt;5 -tag:cold" aria-keyshortcuts="/">
{{#columns}}<input type="hidden" name="columns" value="{{columns}}">{{/columns}}<button class="hidden" tabindex="-1">Search</button>
</form>
<a class="button primary" {{#is_leads}}href="#add"{{/is_leads}}{{^is_leads}}href="/leads#add"{{/is_leads}} aria-keyshortcuts="n" data-adds><svg class="icon" aria-hidden="true"><use href="/assets/icons.svg?v={{assets}}#plus"/></svg><span>Add lead</span></a>
{{> bell_link}}
<details class="menu who">
<summary class="avatar" aria-label="{{user}}, {{role}}" title="{{user}}">{{initials}}</summary>
<div class="menu-list">
<p>{{user}} <small>{{role}}, <span title="{{tenant_id}}">{{tenant}}</span></small></p>
<form method="post" action="/look" class="choices"><input type="hidden" name="form_token" value="{{form_token}}"><input type="hidden" name="here" value="{{here}}"><span class="hidden">Theme</span>{{#themes}}<button name="theme" value="{{value}}" aria-pressed="{{#is_chosen}}true{{/is_chosen}}{{^is_chosen}}false{{/is_chosen}}">{{label}}</button>{{/themes}}</form>
<a href="/commands" data-over="/commands" aria-keyshortcuts="Control+K">Commands <kbd>Ctrl K</kbd></a>
<a href="/keys" data-over="/keys" aria-keyshortcuts="?">Keys <kbd>?</kbd></a>
<a href="/password">Change your password</a>
<form method="post" action="/logout"><input type="hidden" name="form_token" value="{{form_token}}"><button class="plain">Log out</button></form>
</div>
</details>
</header>
{{/is_logged_in}}
{{^is_logged_in}}<header class="top"><a class="brand" href="/"><svg class="icon" aria-hidden="true"><use href="/assets/icons.svg?v={{assets}}#leadpulse"/></svg>Leadpulse</a></header>{{/is_logged_in}}
<main id="main" tabindex="-1">
{{#is_stopped}}<p class="warning">Leadpulse's run is stopped. You see the leads as it left them; nothing can be saved until it runs again.</p>
{{/is_stopped}}
{{#missing}}<p class="warning">A part of the leads cannot be read at the moment: they are neither listed nor counted (partitions {{missing}}).</p>
{{/missing}}
{{#indexing}}<p class="warning">The leads are being indexed ({{indexing}} %). Until then, lists and counts take longer.</p>
{{/indexing}}
{{> content}}
</main>
</body>
</html>
