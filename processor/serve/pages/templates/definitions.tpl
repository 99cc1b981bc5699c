{{> settings_tabs}}
{{#problem}}<div class="problem" role="alert" id="problem"><p class="pre">{{problem}}</p>
{{#has_errors}}<ul>{{#errors}}<li>Line {{line}}, column {{column}}: {{message}}</li>{{/errors}}</ul>{{/has_errors}}
{{#has_lines}}<ol class="marked-lines" tabindex="0" aria-label="The lines with errors">{{#lines}}<li{{#is_wrong}} class="wrong"{{/is_wrong}}><b>{{number}}</b>{{line_text}}{{#messages}}<small>{{message}}</small>{{/messages}}</li>{{/lines}}</ol>{{/has_lines}}
</div>{{/problem}}
{{#done}}<p class="done" role="status">Saved.</p>{{/done}}
{{#is_pending}}<p class="warning" role="status">These definitions are not in use yet: all leads are evaluated again, which takes some seconds or more.</p>{{/is_pending}}
{{#has_warnings}}<ul class="warning">{{#warnings}}<li>Line {{line}}, column {{column}}: {{message}}</li>{{/warnings}}</ul>{{/has_warnings}}
{{#there}}
<h2>Saved by somebody else</h2>
<pre class="code" tabindex="0">{{there}}</pre>
<h2>Your text</h2>
{{/there}}
<form method="post" action="/settings" class="stack">
<input type="hidden" name="form_token" value="{{form_token}}"><input type="hidden" name="version" value="{{version}}">
<label>Definitions <textarea name="text" rows="24" spellcheck="false" required class="code"{{#has_errors}} aria-invalid="true" aria-describedby="problem"{{/has_errors}}>
{{text}}</textarea></label>
<p><button class="primary">Save</button> <small>All errors are shown before anything changes.</small></p>
</form>
{{^has_errors}}<h2>Fields and topics</h2>
<h3>Fields</h3>
{{#has_fields}}<ul class="plain-list">{{#fields}}<li><code>{{field}}</code> <small>{{type}}</small></li>{{/fields}}</ul>{{/has_fields}}
{{^has_fields}}<p>No fields. Add them under <code>fields</code>.</p>{{/has_fields}}
<h3>Topics</h3>
{{#has_topics}}<ul class="plain-list">{{#topics}}<li>{{topic_name}} <small>{{topic}}</small></li>{{/topics}}</ul>{{/has_topics}}
{{^has_topics}}<p>No topics. Add them under <code>topics</code>.</p>{{/has_topics}}{{/has_errors}}
