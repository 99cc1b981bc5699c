<input type="hidden" name="form_token" value="{{form_token}}"><input type="hidden" name="key" value="{{form_key}}"><input type="hidden" name="back" value="{{back}}">
