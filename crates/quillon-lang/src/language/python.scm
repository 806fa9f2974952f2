; Definitions
(class_definition name: (identifier) @name body: (block . (expression_statement (string) @doc)?) @body) @def.class
(function_definition name: (identifier) @name body: (block . (expression_statement (string) @doc)?) @body) @def.function
(decorated_definition definition: (_) @inner) @outer
(module (expression_statement (assignment left: (identifier) @name)) @def.variable)
(class_definition body: (block (expression_statement (assignment left: (identifier) @name)) @def.field))
(type_alias_statement left: (type (identifier) @name)) @def.type
(module . (comment)* . (expression_statement (string) @doc))
((if_statement condition: (comparison_operator (identifier) @_name)) @entry (#eq? @_name "__name__"))

; Around definitions
(comment) @comment
(decorator) @attribute

; Imports
(import_statement) @import
(import_from_statement) @import
(future_import_statement) @import

; Uses
(call function: [(identifier) @ref.call (attribute attribute: (identifier) @ref.call)])
(decorator [(identifier) @ref.call (attribute attribute: (identifier) @ref.call)])
(class_definition superclasses: (argument_list [
    (identifier) @ref.inherit
    (attribute attribute: (identifier) @ref.inherit)
    (subscript value: (identifier) @ref.inherit)
  ]))
(type (identifier) @ref.type)
(type (attribute attribute: (identifier) @ref.type))
(type (generic_type (identifier) @ref.type))
(type (subscript value: (identifier) @ref.type))
(type (binary_operator (identifier) @ref.type))
(identifier) @ref.plain

; Settings
((subscript value: (_) @_reader subscript: (string (string_content) @env))
  (#match? @_reader "(^|\\.)environ$"))
((call function: (_) @_reader arguments: (argument_list . (string (string_content) @env)))
  (#match? @_reader "(^|\\.)(getenv|environ\\.get|environ\\.pop|environ\\.setdefault)$"))
((call function: (identifier) @_reader arguments: (argument_list . (string (string_content) @config)))
  (#any-of? @_reader "config" "env"))
((subscript value: (attribute attribute: (identifier) @_config) subscript: (string (string_content) @config))
  (#any-of? @_config "config" "settings"))
((call function: (attribute object: (attribute attribute: (identifier) @_config) attribute: (identifier) @_get)
    arguments: (argument_list . (string (string_content) @config)))
  (#any-of? @_config "config" "settings") (#eq? @_get "get"))

; Routes: Flask, FastAPI, Starlette, aiohttp, Django
((decorator (call function: (attribute attribute: (identifier) @route.method)
    arguments: (argument_list . (string (string_content) @route.path))))
  (#any-of? @route.method "route" "get" "post" "put" "patch" "delete" "head" "options" "websocket" "api_route"))
((decorator (call function: (attribute attribute: (identifier) @route.method)
    arguments: (argument_list . (string (string_content) @route.path)
      (keyword_argument name: (identifier) @_methods value: (_) @route.methods))))
  (#any-of? @route.method "route" "api_route") (#eq? @_methods "methods"))
((call function: (attribute attribute: (identifier) @_rule) arguments: (argument_list
    . (string (string_content) @route.path)
    (keyword_argument name: (identifier) @_view value: [
      (identifier) @route.handler
      (attribute attribute: (identifier) @route.handler)
      (call function: (attribute object: (identifier) @route.handler))])?
    (keyword_argument name: (identifier) @_methods value: (_) @route.methods)?))
  (#eq? @_rule "add_url_rule") (#eq? @_view "view_func") (#eq? @_methods "methods"))
((call function: (identifier) @_url arguments: (argument_list
    . (string (string_content)? @route.path)
    . [(identifier) @route.handler
       (attribute attribute: (identifier) @route.handler)
       (call function: (attribute object: (identifier) @route.handler))
       (call function: (attribute object: (attribute attribute: (identifier) @route.handler)))]))
  (#any-of? @_url "path" "re_path" "url"))
((call function: (attribute attribute: (identifier) @route.method) arguments: (argument_list
    . (string (string_content) @route.path)
    . (identifier) @route.handler))
  (#any-of? @route.method "add_route" "add_get" "add_post" "add_put" "add_patch" "add_delete" "add_api_route"))
