<div class="filter" id="filter">
{{#chips}}
<span class="chip plain condition{{#has_several}} several{{/has_several}}">{{#conditions}}{{#is_other}}<i>or</i>{{/is_other}}<span class="one"{{#is_edited}} aria-current="true"{{/is_edited}}>{{#edit_query}}<a href="/{{page}}?{{edit_query}}" title="{{words}}">{{words}}</a>{{/edit_query}}{{^edit_query}}<span title="{{words}}">{{words}}</span>{{/edit_query}}<a class="remove" href="/{{page}}?{{remove_query}}" aria-label="Remove the condition {{words}}" title="Remove"><svg class="icon" aria-hidden="true"><use href="/assets/icons.svg?v={{assets}}#close"/></svg></a></span>{{/conditions}}<a class="or" href="/{{page}}?{{or_query}}" title="Add an alternative: one of them is enough">or…</a></span>
{{/chips}}
<details class="menu"{{#filter_is_open}} open{{/filter_is_open}}>
<summary class="button plain"><svg class="icon" aria-hidden="true"><use href="/assets/icons.svg?v={{assets}}#filter"/></svg>Filter</summary>
<div class="menu-list start filter-box">
<ul class="fields" aria-label="Fields">{{#filter_fields}}<li><a href="/{{page}}?{{query}}"{{#is_current}} aria-current="true"{{/is_current}}>{{label}}</a></li>{{/filter_fields}}</ul>
{{#editor}}
<form method="get" action="/leads/filter" class="editor" id="editor">
<input type="hidden" name="on" value="{{page}}"><input type="hidden" name="where" value="{{rest}}"><input type="hidden" name="either" value="{{either}}"><input type="hidden" name="field" value="{{field}}">{{#kept}}<input type="hidden" name="{{kept_name}}" value="{{kept_value}}">{{/kept}}
<b>{{#either}}or {{/either}}{{field_label}}</b>
<select name="test" aria-label="Comparison">{{#tests}}<option value="{{value}}"{{#selected}} selected{{/selected}}>{{label}}</option>{{/tests}}</select>
{{#has_offers}}<fieldset><legend class="hidden">Values, one of which is enough</legend>
{{#offers}}<label><input type="{{#is_truth}}radio{{/is_truth}}{{^is_truth}}checkbox{{/is_truth}}" name="value" value="{{value}}"{{#selected}} checked{{/selected}}> {{label}}</label>{{/offers}}
</fieldset>{{/has_offers}}
{{#takes_text}}<label>{{#has_offers}}Another value{{/has_offers}}{{^has_offers}}Value{{/has_offers}} <input name="value" value="{{text}}"{{#has_further}} list="further" placeholder="one of {{further_count}} more"{{/has_further}}{{#is_number}} inputmode="decimal"{{/is_number}}{{#is_time}} placeholder="2026-03-01, or days"{{/is_time}}{{#problem}} aria-invalid="true" aria-describedby="filter-problem" autofocus{{/problem}}></label>{{#has_further}}<datalist id="further">{{#further}}<option value="{{label}}">{{/further}}</datalist>{{/has_further}}{{/takes_text}}
{{#problem}}<p class="error" id="filter-problem" role="alert">{{problem}}</p>{{/problem}}
<button>Apply</button>
</form>
{{/editor}}
{{^editor}}
<form method="get" action="/leads/filter" class="editor">
<input type="hidden" name="on" value="{{page}}"><input type="hidden" name="where" value="{{new_rest}}"><input type="hidden" name="either" value="{{new_either}}"><input type="hidden" name="test" value="is">{{#kept}}<input type="hidden" name="{{kept_name}}" value="{{kept_value}}">{{/kept}}
<p class="faint">{{#new_either}}An alternative to “{{new_either_words}}”: choose{{/new_either}}{{^new_either}}Choose{{/new_either}} a field, or name another attribute.</p>
<label>Attribute <input name="field"></label>
<label>is <input name="value"></label>
<button>Apply</button>
</form>
{{/editor}}
</div>
</details>
{{^hides_advanced}}<details class="menu">
<summary class="button plain">Advanced</summary>
<form method="get" action="/{{page}}" class="menu-list start rule">
<label for="where">The rule of this list</label>
<textarea id="where" name="where" rows="4" spellcheck="false" class="code">{{rule}}</textarea>
{{#kept}}<input type="hidden" name="{{kept_name}}" value="{{kept_value}}">{{/kept}}<button>Apply the rule</button>
</form>
</details>
{{#has_chips}}<a class="button plain" href="/{{page}}?{{clear_query}}">Clear</a>{{/has_chips}}{{/hides_advanced}}
</div>
