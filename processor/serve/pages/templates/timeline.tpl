<h1>Timeline of {{name}}</h1>
<p><a href="/leads?{{lead_query}}">To the contact</a></p>
{{> lead_timeline}}
