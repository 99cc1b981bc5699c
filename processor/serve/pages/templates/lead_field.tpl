<div class="field{{#error}} wrong{{/error}}" data-part="field {{name}}">
{{#is_fixed}}<span class="field-name">{{label}}</span><code>{{value}}</code>{{/is_fixed}}
{{^is_fixed}}<label><span class="field-name">{{label}}</span>
{{#is_line}}<input name="value:{{name}}" value="{{input}}"{{#is_day}} type="date" max="9999-12-31"{{/is_day}}{{#is_number}} inputmode="decimal"{{/is_number}} placeholder="{{other}}{{^other}}–{{/other}}" autocomplete="off"{{#error}} aria-invalid="true" aria-describedby="error-{{number}}"{{/error}}>{{/is_line}}
{{#is_choice}}<select name="value:{{name}}"{{#error}} aria-invalid="true" aria-describedby="error-{{number}}"{{/error}}><option value="">–</option><option value="true"{{#is_yes}} selected{{/is_yes}}>Yes</option><option value="false"{{#is_no}} selected{{/is_no}}>No</option></select>{{/is_choice}}
{{#has_lines}}<textarea name="value:{{name}}" rows="3">
{{input}}</textarea>{{/has_lines}}</label>
{{#mail_to}}<a class="icon-button" href="mailto:{{mail_to}}" aria-label="Mail: {{label}}" title="Mail"><svg class="icon" aria-hidden="true"><use href="/assets/icons.svg?v={{assets}}#mail"/></svg></a>{{/mail_to}}
{{#dial}}<a class="icon-button" href="tel:{{dial}}" aria-label="Call: {{label}}" title="Call"><svg class="icon" aria-hidden="true"><use href="/assets/icons.svg?v={{assets}}#phone"/></svg></a>{{/dial}}
{{#web}}<a class="icon-button" href="https://{{web}}" rel="noopener noreferrer" target="_blank" aria-label="Open: {{label}}" title="Open in a new tab"><svg class="icon" aria-hidden="true"><use href="/assets/icons.svg?v={{assets}}#link"/></svg></a>{{/web}}
<input type="hidden" name="was:{{name}}" value="{{value}}"><input type="hidden" name="type:{{name}}" value="{{type}}">{{/is_fixed}}
{{#error}}<p class="error" id="error-{{number}}" role="alert">{{error}}</p>{{/error}}
</div>
