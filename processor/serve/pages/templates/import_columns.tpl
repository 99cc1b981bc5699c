<h1>Import</h1>
{{#problem}}<p class="problem pre" role="alert">{{problem}}</p>{{/problem}}
{{#has_preview}}
<section aria-labelledby="preview">
<h2 id="preview">Preview</h2>
<p>The file is read as {{file_encoding}}: {{encoding_reason}}.</p>
{{#has_findings}}<p>Found in the file:</p>
<ul class="plain-list">{{#findings}}<li>{{line}}</li>{{/findings}}</ul>{{/has_findings}}
{{#has_offers}}<p>Perhaps meant otherwise:</p>
<ul class="plain-list">{{#offers}}<li>{{line}}</li>{{/offers}}</ul>{{/has_offers}}
{{#is_contacts}}<dl class="facts"><dt>New</dt><dd>{{count_new}}</dd><dt>Changed</dt><dd>{{count_changed}}</dd><dt>Unchanged</dt><dd>{{count_unchanged}}</dd><dt>Wrong</dt><dd>{{count_wrong}}</dd><dt>Already must not be mailed</dt><dd>{{count_suppressed}}</dd>{{#has_suppressions}}<dt>Opted out, as the file says</dt><dd>{{count_optedOut}}</dd><dt>Bounced</dt><dd>{{count_bounced}}</dd><dt>Complained</dt><dd>{{count_complained}}</dd><dt>Do not contact</dt><dd>{{count_doNotContact}}</dd>{{/has_suppressions}}<dt>Address also of another lead</dt><dd>{{in_use}}</dd></dl>{{/is_contacts}}
{{^is_contacts}}<dl class="facts"><dt>About existing leads</dt><dd>{{count_changed}}</dd><dt>About others</dt><dd>{{count_new}}</dd><dt>Wrong</dt><dd>{{count_wrong}}</dd><dt>Already must not be mailed</dt><dd>{{count_suppressed}}</dd>{{#has_skipped}}<dt>Skipped: no event of a lead</dt><dd>{{count_skipped}}</dd>{{/has_skipped}}</dl>{{/is_contacts}}
{{#is_empty}}<p class="warning">There are no rows below the names of the columns.</p>{{/is_empty}}
{{^is_complete}}<p class="warning">These are the first {{count_rows}} rows. The import reads all.</p>{{/is_complete}}
{{#has_reasons}}<p>Wrong rows are left out. You can download, correct and import them afterwards.</p>
<ul class="plain-list">{{#reasons}}<li>{{reason}} <small>{{rows_text}}, the first in line {{line}}</small></li>{{/reasons}}</ul>{{/has_reasons}}
{{#has_doubts}}<p class="warning">Look at these cells of the file first:</p>
<ul class="plain-list">{{#doubts}}<li>{{reason}} <small>{{rows_text}}, the first in line {{line}}</small></li>{{/doubts}}</ul>{{/has_doubts}}
</section>
{{/has_preview}}
<h2>Columns</h2>
<form method="post" action="/import/columns">
<input type="hidden" name="form_token" value="{{form_token}}"><input type="hidden" name="import" value="{{import}}"><input type="hidden" name="kind_was" value="{{kind}}">
<p><label>The rows are <select name="kind">{{#kinds}}<option value="{{value}}"{{#selected}} selected{{/selected}}>{{label}}</option>{{/kinds}}</select></label></p>
<div class="scroll" tabindex="0" role="region" aria-label="Table of columns">
<table class="stacks">
<thead><tr><th scope="col">Column</th><th scope="col">First row</th><th scope="col">Becomes</th></tr></thead>
<tbody>
{{#columns}}
<tr><th scope="row">{{column}}</th><td data-label="First row">{{first}}</td>
<td data-label="Becomes"><input type="hidden" name="column" value="{{column}}"><input type="hidden" name="was" value="{{was}}"><input name="meaning" value="{{meaning}}" list="meanings" aria-label="{{column}} becomes"> <small>{{is}}</small></td></tr>
{{/columns}}
</tbody>
</table>
</div>
<datalist id="meanings">{{#meanings}}<option value="{{name}}">{{/meanings}}</datalist>
<p><small><code>email</code> is the address, <code>lead_id</code> the id of the lead.{{#is_contacts}} Any other name is an attribute.{{/is_contacts}}{{^is_contacts}} <code>time</code> is when it was, <code>topic</code> what somebody opted out of.{{/is_contacts}} Empty: the column is left out.</small></p>
{{#has_undeclared}}<p><label><input type="checkbox" name="declared_only" value="1"{{#declared_only}} checked{{/declared_only}}> Leave out columns that are not declared under Settings</label></p>{{/has_undeclared}}
{{#has_encodings}}<fieldset><legend>Which encoding is right?</legend>
<p><label>Its name <input name="encoding" value="{{typed_encoding}}" placeholder="windows-1252"></label> or one of these:</p>
{{#encodings}}<p><label><input type="radio" name="encoding" value="{{value}}"> {{value}}: {{sample}}</label></p>
{{/encodings}}</fieldset>{{/has_encodings}}
{{#answers}}<input type="hidden" name="answer_field" value="{{field}}"><input type="hidden" name="answer_column" value="{{column}}"><input type="hidden" name="answer_value" value="{{value}}">
{{/answers}}{{#has_questions}}<fieldset><legend>Which is right?</legend>
{{#questions}}<input type="hidden" name="answer_field" value="{{field}}"><input type="hidden" name="answer_column" value="{{column}}">
<p><label>{{label}} <select name="answer_value"><option value="">Choose one</option>{{#choices}}<option value="{{value}}">{{value}}{{#sample}}: {{sample}}{{/sample}}</option>{{/choices}}</select></label></p>
{{/questions}}</fieldset>{{/has_questions}}
<details class="panel">
<summary>More options</summary>
<div class="grid">
{{#is_contacts}}<label>Import <select name="rows_of">{{#rows_of}}<option value="{{value}}"{{#selected}} selected{{/selected}}>{{label}}</option>{{/rows_of}}</select></label>
<label>Tags for all <input name="tags" value="{{typed_tags}}" placeholder="fair, spring"></label>
<label>Lists for all <input name="lists" value="{{typed_lists}}"></label>
<label>Campaigns for all <input name="campaigns" value="{{typed_campaigns}}"></label>{{/is_contacts}}
<label>Dates are written <input name="date_format" value="{{typed_date_format}}" placeholder="DD.MM.YYYY"></label>
<label>Numbers are written <input name="number_format" value="{{typed_number_format}}" placeholder="1,234.5 or 1.234,5"></label>
<label>Words that mean empty <input name="empty_words" value="{{typed_empty_words}}" placeholder="-, unknown"></label>
<label>The columns are named in line <input name="header_row" value="{{typed_header_row}}" inputmode="numeric"></label>
<label>Between the columns is <input name="delimiter" value="{{typed_delimiter}}" placeholder="; or tab"></label>
{{^has_encodings}}<label>Encoding <input name="encoding" value="{{typed_encoding}}" placeholder="windows-1252"></label>
{{/has_encodings}}<label>In the time zone <input name="timezone" value="{{typed_timezone}}" placeholder="Europe/Zurich"></label>
{{#is_contacts}}<label>Consent to <input name="purpose" value="{{typed_purpose}}" placeholder="newsletter"></label>
<label>… in the column <input name="consent_column" value="{{typed_consent_column}}"></label>
<label><input type="checkbox" name="empty_unsets" value="1"{{#empty_unsets}} checked{{/empty_unsets}}> Empty cells unset attributes</label>{{/is_contacts}}
</div>
</details>
<p><button name="what" value="preview">Preview again</button>
{{#may_run}}<button class="primary" name="what" value="run">{{#is_complete}}Import {{importable}}{{/is_complete}}{{^is_complete}}Import all {{thing}}s{{/is_complete}}</button>{{/may_run}}</p>
</form>
