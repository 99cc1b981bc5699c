<link rel="stylesheet" href="/assets/import.css?v={{assets}}">
<h1>Import leads</h1>
{{#problem}}<p class="problem pre" role="alert">{{problem}}</p>{{/problem}}
<ol class="steps"><li aria-current="step">File</li><li>Columns</li><li>Result</li></ol>
<form method="post" action="/import" enctype="multipart/form-data" class="upload" data-upload>
<input type="hidden" name="form_token" value="{{form_token}}">
<label>The file contains <select name="kind">{{#kinds}}<option value="{{value}}"{{#selected}} selected{{/selected}}>{{label}}</option>{{/kinds}}</select></label>
<div class="drop"><label>CSV file <input type="file" name="file" accept=".csv,.tsv,.txt,text/csv" required></label>
<p class="faint" data-hint hidden>Or drop the file anywhere on this page, or paste rows of a spreadsheet.</p>
<p class="faint">The first line names the columns. Nothing is imported before you have seen the result.</p>
<p><button class="primary">Upload</button></p></div>
</form>
{{#has_jobs}}<h2>Earlier imports and exports</h2>
{{> job_rows}}
<p><a href="/jobs">All of them</a></p>{{/has_jobs}}
<script src="/assets/import.js?v={{assets}}" defer></script>
