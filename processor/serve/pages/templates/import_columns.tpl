<link rel="stylesheet" href="/assets/import.css?v={{assets}}">
<h1>Import leads</h1>
<ol class="steps"><li><a href="#file">File</a></li><li aria-current="step"><a href="#columns">Columns</a></li><li><a href="#result">Result</a></li></ol>
{{#problem}}<p class="problem pre" role="alert">{{problem}}</p>{{/problem}}
<form method="post" action="/import/columns" data-columns>
<input type="hidden" name="form_token" value="{{form_token}}"><input type="hidden" name="import" value="{{import}}"><input type="hidden" name="kind_was" value="{{kind}}">
<section aria-labelledby="file"><h2 id="file">File</h2>
<div class="grid">
<label>The rows are <select name="kind">{{#kinds}}<option value="{{value}}"{{#selected}} selected{{/selected}}>{{label}}</option>{{/kinds}}</select></label>
<label>Encoding <select name="encoding"{{#asks_encoding}} aria-invalid="true"{{/asks_encoding}}>{{#encodings}}<option value="{{value}}"{{#selected}} selected{{/selected}}>{{label}}</option>{{/encodings}}</select></label>
<label>Between columns <select name="delimiter"{{#asks_delimiter}} aria-invalid="true"{{/asks_delimiter}}>{{#delimiters}}<option value="{{value}}"{{#selected}} selected{{/selected}}>{{label}}</option>{{/delimiters}}</select></label>
<label>Line of the column names <input name="header_row" value="{{typed_header_row}}" inputmode="numeric" placeholder="{{header_row}}"></label>
</div>
<p class="faint">The file is read as {{file_encoding}}: {{encoding_reason}}.{{#file_notes}} {{note}}.{{/file_notes}} <a href="/import">Take another file</a></p>
</section>
<section aria-labelledby="columns"><h2 id="columns">Columns</h2>
<div class="scroll" tabindex="0" role="region" aria-label="Table of columns">
<table class="stacks columns">
<thead><tr><th scope="col">Column</th><th scope="col">Cells</th><th scope="col">Becomes</th><th scope="col">What the cells mean</th></tr></thead>
<tbody>
{{#columns}}
<tr{{#is_ignored}} class="ignored"{{/is_ignored}}><th scope="row">{{column}}</th><td data-label="Cells"><ul class="samples">{{#samples}}<li title="{{sample}}">{{sample}}</li>{{/samples}}</ul>{{^has_samples}}<span class="faint">empty</span>{{/has_samples}}</td>
<td data-label="Becomes"><input type="hidden" name="column" value="{{column}}"><input type="hidden" name="was" value="{{was}}"><select name="meaning" aria-label="{{column}} becomes"><option value="">Ignore</option>{{#groups}}<optgroup label="{{label}}">{{#options}}<option value="{{value}}"{{#selected}} selected{{/selected}}>{{label}}</option>{{/options}}</optgroup>{{/groups}}</select><input name="new_name" value="" placeholder="name_of_the_field" aria-label="Name of the new field for {{column}}"></td>
<td data-label="What the cells mean">{{#forms}}<input type="hidden" name="answer_field" value="{{field}}"><input type="hidden" name="answer_column" value="{{column}}"><label>{{label}} <select name="answer_value"{{#is_open}} aria-invalid="true"{{/is_open}}>{{#options}}<option value="{{value}}"{{#selected}} selected{{/selected}}>{{label}}</option>{{/options}}</select></label>{{/forms}}
{{#words}}<input type="hidden" name="word_column" value="{{column}}"><input type="hidden" name="word_theirs" value="{{theirs}}"><label>“{{theirs}}” means <select name="word_meaning">{{#options}}<option value="{{value}}"{{#selected}} selected{{/selected}}>{{label}}</option>{{/options}}</select></label>
{{/words}}{{#is}}<small>{{is}}</small>{{/is}}{{#notes}}<small{{#is_offer}} class="offer"{{/is_offer}}>{{note}}</small>{{/notes}}</td></tr>
{{/columns}}
</tbody>
</table>
</div>
{{#has_undeclared}}<p><label><input type="checkbox" name="declared_only" value="1"{{#declared_only}} checked{{/declared_only}}> Leave out columns that are not declared under Settings</label></p>{{/has_undeclared}}
{{#answers}}<input type="hidden" name="answer_field" value="{{field}}"><input type="hidden" name="answer_column" value="{{column}}"><input type="hidden" name="answer_value" value="{{value}}">
{{/answers}}{{#has_questions}}<fieldset><legend>Which is right?</legend>
{{#questions}}<input type="hidden" name="answer_field" value="{{field}}"><input type="hidden" name="answer_column" value="{{column}}">
<p><label>{{label}} <select name="answer_value" aria-invalid="true">{{#options}}<option value="{{value}}"{{#selected}} selected{{/selected}}>{{label}}</option>{{/options}}</select></label></p>
{{/questions}}</fieldset>{{/has_questions}}
<details class="panel">
<summary>More options</summary>
<div class="grid">
{{#is_contacts}}<label>Import <select name="rows_of">{{#rows_of}}<option value="{{value}}"{{#selected}} selected{{/selected}}>{{label}}</option>{{/rows_of}}</select></label>
<label>Tags for all <input name="tags" value="{{typed_tags}}" placeholder="fair, spring"></label>
<label>Lists for all <input name="lists" value="{{typed_lists}}"></label>
<label>Campaigns for all <input name="campaigns" value="{{typed_campaigns}}"></label>{{/is_contacts}}
<label>All dates are written <input name="date_format" value="{{typed_date_format}}" placeholder="DD.MM.YYYY"></label>
<label>All numbers are written <input name="number_format" value="{{typed_number_format}}" placeholder="1,234.5 or 1.234,5"></label>
<label>Words that mean empty <input name="empty_words" value="{{typed_empty_words}}" placeholder="-, unknown"></label>
<label>In the time zone <input name="timezone" value="{{typed_timezone}}" placeholder="Europe/Zurich"></label>
{{#is_contacts}}<label>Consent to <input name="purpose" value="{{typed_purpose}}" placeholder="newsletter"></label>
<label>… in the column <input name="consent_column" value="{{typed_consent_column}}"></label>
<label><input type="checkbox" name="empty_unsets" value="1"{{#empty_unsets}} checked{{/empty_unsets}}> Empty cells unset attributes</label>{{/is_contacts}}
</div>
</details>
</section>
<section aria-labelledby="result"><h2 id="result">Result</h2>
{{^has_preview}}<p class="faint">It is shown once the columns are clear.</p>{{/has_preview}}
{{#has_preview}}
{{#is_empty}}<p class="warning">There are no rows below the names of the columns.</p>{{/is_empty}}
{{^is_complete}}<p class="warning">These are the first {{count_rows}} rows. The import reads all.</p>{{/is_complete}}
{{#has_reasons}}<p>Wrong rows are left out. You can download, correct and import them afterwards.</p>
<ul class="plain-list">{{#reasons}}<li>{{reason}} <small>{{rows_text}}, the first in line {{line}}</small></li>{{/reasons}}</ul>{{/has_reasons}}
{{#has_doubts}}<p class="warning">Look at these cells of the file first:</p>
<ul class="plain-list">{{#doubts}}<li>{{reason}} <small>{{rows_text}}, the first in line {{line}}</small></li>{{/doubts}}</ul>{{/has_doubts}}
{{#has_first_rows}}<div class="scroll" tabindex="0" role="region" aria-label="The first rows as they will be">
<table class="first-rows">
<thead><tr><th scope="col" class="number">Line</th><th scope="col">Lead</th>{{#heads}}<th scope="col"{{#is_number}} class="number"{{/is_number}}>{{head}}</th>{{/heads}}</tr></thead>
<tbody>
{{#first_rows}}
<tr><th scope="row" class="number">{{line}}</th><td><span class="chip effect-{{effect}}"{{#problem}} title="{{problem}}"{{/problem}}>{{effect_label}}</span>{{#says_list}} <span class="chip effect-stopped">{{says}}</span>{{/says_list}}{{#problem}} <small>{{problem}}</small>{{/problem}}</td>{{#cells}}<td title="{{cell}}"{{#is_number}} class="number"{{/is_number}}>{{cell}}</td>{{/cells}}</tr>
{{/first_rows}}
</tbody>
</table>
</div>{{/has_first_rows}}
{{/has_preview}}
</section>
<div class="import-bar">{{#has_preview}}<dl>{{#counts}}<div><dt class="effect-{{effect}}">{{label}}</dt><dd>{{count}}</dd></div>{{/counts}}</dl>{{/has_preview}}
<p><button name="what" value="preview" data-preview>Preview again</button>
{{#may_run}}<button class="primary" name="what" value="run">{{#is_complete}}Import {{importable}}{{/is_complete}}{{^is_complete}}Import all {{thing}}s{{/is_complete}}</button>{{/may_run}}</p></div>
</form>
<script src="/assets/import.js?v={{assets}}" defer></script>
