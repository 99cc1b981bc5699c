<time{{#machine}} datetime="{{machine}}"{{/machine}}{{#full}} title="{{full}}"{{/full}}>{{text}}</time>
