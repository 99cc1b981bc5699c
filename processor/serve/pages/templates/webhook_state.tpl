<span class="chip {{state_class}}"><span>{{state_label}}{{#failing_since}} {{> shown_time}}{{/failing_since}}</span></span>
