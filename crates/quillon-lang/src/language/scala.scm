; Definitions
(package_clause name: (package_identifier) @package !body)
(package_clause name: (package_identifier) @name body: (_) @body) @def.module
(package_object name: (_) @name body: (_)? @body) @def.module
(class_definition name: (_) @name body: (_)? @body) @def.class
(object_definition name: (_) @name body: (_)? @body) @def.class
(trait_definition name: (_) @name body: (_)? @body) @def.interface
(enum_definition name: (_) @name body: (_)? @body) @def.enum
(simple_enum_case name: (_) @name) @def.variant
(full_enum_case name: (_) @name) @def.variant
(extension_definition parameters: (parameters (parameter type: [
    (type_identifier) @name
    (generic_type type: (type_identifier) @name)
  ])) body: (_) @body) @def.extension
(function_definition name: (_) @name body: (_) @body) @def.function
(function_declaration name: (_) @name) @def.function
(given_definition name: (_) @name body: (_)? @body) @def.constant
(val_definition pattern: (identifier) @name) @def.field
(val_declaration name: (identifier) @name) @def.field
(var_definition pattern: (identifier) @name) @def.field
(type_definition name: (type_identifier) @name) @def.type
((call_expression
    function: (call_expression function: (identifier) @_test arguments: (arguments . (string) @name))
    arguments: (_) @body) @def.test
  (#any-of? @_test "test" "describe" "it" "feature" "scenario" "property"))
((infix_expression left: (infix_expression left: (string) operator: (identifier) @_should right: (string) @name)
    operator: (identifier) @_in right: (_) @body) @def.test
  (#any-of? @_should "should" "must" "can") (#eq? @_in "in"))
((function_definition name: (identifier) @_main) @entry (#eq? @_main "main"))
((function_definition (annotation name: (type_identifier) @_main)) @entry (#eq? @_main "main"))
((object_definition extend: (extends_clause type: (type_identifier) @_app)) @entry (#any-of? @_app "App" "IOApp" "ZIOAppDefault"))

; Around definitions
[(comment) (block_comment)] @comment
(annotation) @attribute

; Imports
(import_declaration) @import

; Uses
(call_expression function: [
    (identifier) @ref.call
    (field_expression field: (identifier) @ref.call)
    (generic_function function: (identifier) @ref.call)
    (generic_function function: (field_expression field: (identifier) @ref.call))
  ])
(instance_expression [(type_identifier) @ref.call (generic_type type: (type_identifier) @ref.call)])
(extends_clause type: [
    (type_identifier) @ref.inherit
    (generic_type type: (type_identifier) @ref.inherit)
    (compound_type (type_identifier) @ref.inherit)
    (applied_constructor_type (type_identifier) @ref.inherit)
  ])
(type_identifier) @ref.type
(identifier) @ref.plain

; Settings
((call_expression
    function: (field_expression) @_reader
    arguments: (arguments . (string) @env))
  (#match? @_reader "(^|\\.)(sys\\.env(\\.get|\\.getOrElse|\\.apply)?|System\\.getenv|env\\.get)$"))
((call_expression
    function: (field_expression field: (identifier) @_reader)
    arguments: (arguments . (string) @config))
  (#any-of? @_reader "getString" "getInt" "getBoolean" "getConfig" "getDuration" "getProperty"))

; Routes: Akka HTTP, Play's router, http4s in its plain form
((call_expression function: (identifier) @_path arguments: (arguments . (string) @route.path))
  (#any-of? @_path "path" "pathPrefix"))
