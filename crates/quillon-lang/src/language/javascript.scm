; Definitions
(class_declaration name: (_) @name body: (_) @body) @def.class
(function_declaration name: (identifier) @name body: (_) @body) @def.function
(generator_function_declaration name: (identifier) @name body: (_) @body) @def.function
(method_definition name: (_) @name body: (_) @body) @def.method
(field_definition property: (_) @name) @def.field
(program [
    (lexical_declaration (variable_declarator name: (identifier) @name)) @def.variable
    (variable_declaration (variable_declarator name: (identifier) @name)) @def.variable
    (export_statement (lexical_declaration (variable_declarator name: (identifier) @name))) @def.variable
  ])
(lexical_declaration (variable_declarator
    name: (identifier) @name
    value: [
      (arrow_function body: (_) @body)
      (function_expression body: (_) @body)
      (generator_function body: (_) @body)
    ])) @def.function
(variable_declaration (variable_declarator
    name: (identifier) @name
    value: [(arrow_function body: (_) @body) (function_expression body: (_) @body)])) @def.function
(lexical_declaration (variable_declarator name: (identifier) @name value: (class body: (_) @body))) @def.class
(expression_statement (assignment_expression
    left: [
      (member_expression object: (_) @scope property: (property_identifier) @name)
      (identifier) @name
    ]
    right: [(arrow_function body: (_) @body) (function_expression body: (_) @body)])) @def.function
(pair key: (property_identifier) @name
    value: [(arrow_function body: (_) @body) (function_expression body: (_) @body)]) @def.function
(export_statement declaration: (_) @inner) @outer
(expression_statement (call_expression
    function: [
      (identifier) @_test
      (member_expression object: (identifier) @_test)
    ]
    arguments: (arguments . [(string) (template_string)] @name . [(arrow_function) (function_expression)] @body)
    ) (#any-of? @_test "describe" "it" "test" "context" "suite" "specify")) @def.test

; Around definitions
(comment) @comment
(decorator) @attribute

; Imports
(import_statement) @import
(export_statement source: (string)) @import
((lexical_declaration (variable_declarator value: (call_expression function: (identifier) @_require))) @import
  (#eq? @_require "require"))
((variable_declaration . (variable_declarator value: (call_expression function: (identifier) @_require)) .) @import
  (#eq? @_require "require"))

; Uses
(call_expression function: [
    (identifier) @ref.call
    (member_expression property: [(property_identifier) (private_property_identifier)] @ref.call)
  ])
(new_expression constructor: [
    (identifier) @ref.call
    (member_expression property: (property_identifier) @ref.call)
  ])
(class_heritage [
    (identifier) @ref.inherit
    (member_expression property: (property_identifier) @ref.inherit)
  ])
(jsx_opening_element name: (identifier) @ref.call)
(jsx_self_closing_element name: (identifier) @ref.call)
[(identifier) (property_identifier) (shorthand_property_identifier)] @ref.plain

; Settings
((member_expression
    object: (member_expression) @_env
    property: (property_identifier) @env)
  (#any-of? @_env "process.env" "import.meta.env" "Bun.env"))
((subscript_expression
    object: (member_expression) @_env
    index: (string (string_fragment) @env))
  (#any-of? @_env "process.env" "import.meta.env" "Bun.env"))
((call_expression
    function: (member_expression) @_reader
    arguments: (arguments . (string (string_fragment) @env)))
  (#eq? @_reader "Deno.env.get"))
((call_expression
    function: (member_expression object: [(identifier) @_config (member_expression property: (property_identifier) @_config)]
      property: (property_identifier) @_get)
    arguments: (arguments . (string (string_fragment) @config)))
  (#any-of? @_config "config" "configService" "nconf") (#any-of? @_get "get" "has" "getOrThrow"))

; Routes: Express, Koa, Fastify, Hono
((call_expression
    function: (member_expression object: (_) @_router property: (property_identifier) @route.method)
    arguments: (arguments
      . (string (string_fragment) @route.path)
      [(identifier) @route.handler
       (member_expression property: (property_identifier) @route.handler)
       (arrow_function) (function_expression)] .))
  (#any-of? @route.method "get" "post" "put" "patch" "delete" "head" "options" "all")
  (#match? @_router "(?i)(app|router|routes|server|fastify|api|express\\(\\))$"))
((call_expression
    function: (member_expression
      object: (call_expression
        function: (member_expression property: (property_identifier) @_route)
        arguments: (arguments . (string (string_fragment) @route.path)))
      property: (property_identifier) @route.method)
    arguments: (arguments [(identifier) @route.handler (arrow_function) (function_expression)] .))
  (#eq? @_route "route")
  (#any-of? @route.method "get" "post" "put" "patch" "delete" "all"))
