{{> settings_tabs}}
{{#problem}}<div class="problem" role="alert"><p>{{problem}}</p>{{#has_errors}}<ul>{{#errors}}<li>{{message}}</li>{{/errors}}</ul>{{/has_errors}}</div>{{/problem}}
{{#done}}<p class="done" role="status">Saved. All leads are evaluated with it in some seconds.</p>{{/done}}
{{#is_tried}}<div class="preview" role="status"><h2>{{#is_same}}Nothing would change.{{/is_same}}{{^is_same}}What saving this would change{{/is_same}}</h2>
{{#has_effects}}<ul>{{#effects}}<li>{{before}}<a href="/leads?{{query}}">{{leads}}</a>{{after}}</li>{{/effects}}</ul>{{/has_effects}}
{{#has_warnings}}<ul class="warning">{{#warnings}}<li>{{warning}}</li>{{/warnings}}</ul>{{/has_warnings}}
{{^has_effects}}{{^is_same}}<p>No lead that is there now changes by it.</p>{{/is_same}}{{/has_effects}}</div>{{/is_tried}}
