<div class="filter" id="filter">
{{#chips}}
<span class="chip plain condition"{{#is_edited}} aria-current="true"{{/is_edited}}>{{#edit_query}}<a href="/leads?{{edit_query}}" title="{{words}}">{{words}}</a>{{/edit_query}}{{^edit_query}}<span title="{{words}}">{{words}}</span>{{/edit_query}}<a class="remove" href="/leads?{{remove_query}}" aria-label="Remove the condition {{words}}" title="Remove"><svg class="icon" aria-hidden="true"><use href="/assets/icons.svg?v={{assets}}#close"/></svg></a></span>
{{/chips}}
<details class="menu"{{#filter_is_open}} open{{/filter_is_open}}>
<summary class="button plain"><svg class="icon" aria-hidden="true"><use href="/assets/icons.svg?v={{assets}}#filter"/></svg>Filter</summary>
<div class="menu-list start filter-box">
<ul class="fields" aria-label="Fields">{{#filter_fields}}<li><a href="/leads?{{query}}"{{#is_current}} aria-current="true"{{/is_current}}>{{label}}</a></li>{{/filter_fields}}</ul>
{{#editor}}
<form method="get" action="/leads/filter" class="editor" id="editor">
<input type="hidden" name="where" value="{{rest}}"><input type="hidden" name="sort" value="{{sort}}"><input type="hidden" name="field" value="{{field}}">
<b>{{field_label}}</b>
<select name="test" aria-label="Comparison">{{#tests}}<option value="{{value}}"{{#selected}} selected{{/selected}}>{{label}}</option>{{/tests}}</select>
{{#has_offers}}<fieldset><legend class="hidden">Values, one of which is enough</legend>
{{#offers}}<label><input type="{{#is_truth}}radio{{/is_truth}}{{^is_truth}}checkbox{{/is_truth}}" name="value" value="{{value}}"{{#selected}} checked{{/selected}}> {{label}}</label>{{/offers}}
</fieldset>{{/has_offers}}
{{#takes_text}}<label>{{#has_offers}}Another value{{/has_offers}}{{^has_offers}}Value{{/has_offers}} <input name="value" value="{{text}}"{{#is_number}} inputmode="decimal"{{/is_number}}{{#is_time}} placeholder="2026-03-01, or days"{{/is_time}}></label>{{/takes_text}}
<button>Apply</button>
</form>
{{/editor}}
{{^editor}}
<form method="get" action="/leads/filter" class="editor">
<input type="hidden" name="where" value="{{rule}}"><input type="hidden" name="sort" value="{{sort}}"><input type="hidden" name="test" value="is">
<p class="faint">Choose a field, or name another attribute.</p>
<label>Attribute <input name="field"></label>
<label>is <input name="value"></label>
<button>Apply</button>
</form>
{{/editor}}
</div>
</details>
<details class="menu">
<summary class="button plain">Advanced</summary>
<form method="get" action="/leads" class="menu-list start rule">
<label for="where">The rule of this list</label>
<textarea id="where" name="where" rows="4" spellcheck="false" class="code">{{rule}}</textarea>
<input type="hidden" name="sort" value="{{sort}}"><button>Apply the rule</button>
</form>
</details>
{{#has_chips}}<a class="button plain" href="/leads">Clear</a>{{/has_chips}}
</div>
