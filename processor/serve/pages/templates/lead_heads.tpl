{{#heads}}<th scope="col" aria-sort="{{order}}"><a href="/leads?{{query}}">{{label}} <span aria-hidden="true">{{arrow}}</span></a></th>{{/heads}}
