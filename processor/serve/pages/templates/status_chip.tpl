<span class="chip stage-{{stage}}{{#mail_class}} mail-{{mail_class}}{{/mail_class}}"{{#stage_title}} title="{{stage_title}}"{{/stage_title}}><span>{{status_label}}</span></span>
