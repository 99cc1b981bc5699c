{{#heads}}<th scope="col" data-label="{{label}}" aria-sort="{{order}}"><a href="/leads?{{query}}">{{label}} <span aria-hidden="true">{{arrow}}</span></a></th>{{/heads}}
