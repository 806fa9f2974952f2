; Definitions
(package_clause (package_identifier) @package)
(function_declaration name: (identifier) @name body: (_)? @body) @def.function
(method_declaration
  receiver: (parameter_list (parameter_declaration type: [
    (type_identifier) @scope
    (pointer_type (type_identifier) @scope)
    (generic_type type: (type_identifier) @scope)
    (pointer_type (generic_type type: (type_identifier) @scope))
  ]))
  name: (field_identifier) @name body: (_)? @body) @def.method
(type_declaration . (type_spec name: (type_identifier) @name type: (struct_type (field_declaration_list) @body)) .) @def.struct
(type_declaration . (type_spec name: (type_identifier) @name type: (interface_type)) .) @def.interface
(type_declaration . (type_spec name: (type_identifier) @name) .) @def.type
(type_spec name: (type_identifier) @name type: (struct_type (field_declaration_list) @body)) @def.struct
(type_spec name: (type_identifier) @name type: (interface_type)) @def.interface
(type_spec name: (type_identifier) @name) @def.type
(type_alias name: (type_identifier) @name) @def.type
(field_declaration name: (field_identifier) @name) @def.field
(method_elem name: (field_identifier) @name) @def.method
(const_spec name: (identifier) @name) @def.constant
(source_file (var_declaration (var_spec name: (identifier) @name) @def.variable))
(source_file (var_declaration (var_spec_list (var_spec name: (identifier) @name) @def.variable)))
((source_file (package_clause (package_identifier) @_package)
   (function_declaration name: (identifier) @_main) @entry)
  (#eq? @_package "main") (#eq? @_main "main"))

; Around definitions
(comment) @comment

; Imports
(import_spec) @import

; Uses
(call_expression function: [
    (identifier) @ref.call
    (selector_expression field: (field_identifier) @ref.call)
    (parenthesized_expression (identifier) @ref.call)
  ])
(composite_literal type: [
    (type_identifier) @ref.call
    (qualified_type name: (type_identifier) @ref.call)
    (generic_type type: (type_identifier) @ref.call)
  ])
(field_declaration_list (field_declaration !name type: [
    (type_identifier) @ref.inherit
    (qualified_type name: (type_identifier) @ref.inherit)
  ]))
(interface_type (type_elem [(type_identifier) @ref.inherit (qualified_type name: (type_identifier) @ref.inherit)]))
(type_identifier) @ref.type
[(identifier) (field_identifier)] @ref.plain

; Settings
((call_expression
    function: (selector_expression operand: (identifier) @_object field: (field_identifier) @_reader)
    arguments: (argument_list . (interpreted_string_literal) @env))
  (#any-of? @_object "os" "syscall") (#any-of? @_reader "Getenv" "LookupEnv" "Setenv" "Unsetenv"))
((call_expression
    function: (selector_expression operand: (identifier) @_object field: (field_identifier) @_reader)
    arguments: (argument_list . (interpreted_string_literal) @config))
  (#any-of? @_object "viper" "v" "config" "cfg") (#match? @_reader "^(Get|IsSet|SetDefault|BindEnv)"))

; Routes: net/http, Gin, Echo, chi, gorilla
((call_expression
    function: (selector_expression field: (field_identifier) @route.method)
    arguments: (argument_list
      . (interpreted_string_literal) @route.path
      [(identifier) @route.handler (selector_expression field: (field_identifier) @route.handler) (func_literal)
       (call_expression function: [
         (identifier) @route.handler (selector_expression field: (field_identifier) @route.handler)])] .))
  (#any-of? @route.method
    "GET" "POST" "PUT" "PATCH" "DELETE" "HEAD" "OPTIONS" "Any" "Get" "Post" "Put" "Patch" "Delete"
    "HandleFunc" "Handle" "Method")
  (#match? @route.path "^\"([A-Z]+ )?/"))
