<h1>Import</h1>
{{#problem}}<p class="problem pre" role="alert">{{problem}}</p>{{/problem}}
<p>A CSV file with the names of the columns in the first line. You see a preview before anything is imported.</p>
<form method="post" action="/import" enctype="multipart/form-data" class="stack">
<input type="hidden" name="form_token" value="{{form_token}}">
<label>The file contains <select name="kind">{{#kinds}}<option value="{{value}}"{{#selected}} selected{{/selected}}>{{label}}</option>{{/kinds}}</select></label>
<label>CSV file <input type="file" name="file" accept=".csv,.tsv,.txt,text/csv" required></label>
<p><button class="primary">Upload</button></p>
</form>
<p><a href="/jobs">Earlier imports</a></p>
