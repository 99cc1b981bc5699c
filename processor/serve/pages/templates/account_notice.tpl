{{#problem}}<p class="problem pre" role="alert">{{problem}}</p>{{/problem}}
{{#done}}<p class="done" role="status">Saved.</p>{{/done}}
{{#secret}}<div class="done" role="status"><p>For {{secret_of}}. {{#secret_hint}}{{secret_hint}} {{/secret_hint}}Copy it now: it is not shown again.</p><p><code id="secret">{{secret}}</code></p></div>{{/secret}}
