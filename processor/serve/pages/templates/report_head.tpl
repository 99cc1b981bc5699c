<div class="report-head"><h1>Reports</h1><button class="plain" data-prints hidden>Print</button></div>
<nav class="tabs" aria-label="Reports"><ul>
{{#names}}<li><a href="/reports{{#report_query}}?{{report_query}}{{/report_query}}"{{#is_shown}} aria-current="page"{{/is_shown}}>{{label}}</a></li>{{/names}}
</ul></nav>
<script src="/assets/report.js?v={{assets}}" defer></script>
