; Definitions
(module name: [(constant) @name (scope_resolution) @name] body: (_)? @body) @def.module
(class name: [(constant) @name (scope_resolution) @name] superclass: (_)? body: (_)? @body) @def.class
(method name: (_) @name body: (_)? @body) @def.function
(singleton_method name: (_) @name body: (_)? @body) @def.method
((call method: (identifier) @_word arguments: (argument_list . [(method) (singleton_method)] @inner)) @outer
  (#any-of? @_word "private" "protected" "public" "memoize" "private_class_method"))
(assignment left: (constant) @name) @def.constant
((call method: (identifier) @_attribute arguments: (argument_list (simple_symbol) @name @def.field))
  (#any-of? @_attribute "attr_reader" "attr_writer" "attr_accessor"))
((call
    method: (identifier) @_test
    arguments: (argument_list . [(string) (constant) (scope_resolution) (simple_symbol)] @name)
    block: (_) @body) @def.test
  (#any-of? @_test "describe" "context" "it" "specify" "scenario" "feature" "test" "shared_examples"))
((call
    method: (identifier) @_task
    arguments: (argument_list . [(simple_symbol) @name (pair key: (_) @name)])
    block: (_) @body) @def.function
  (#any-of? @_task "task" "namespace"))
((if_modifier condition: (binary) @_main) @entry (#match? @_main "__FILE__ *== *\\$(0|PROGRAM_NAME)"))
((if condition: (binary) @_main) @entry (#match? @_main "__FILE__ *== *\\$(0|PROGRAM_NAME)"))

; Around definitions
(comment) @comment

; Imports
((call method: (identifier) @_require arguments: (argument_list . (string))) @import
  (#any-of? @_require "require" "require_relative" "load" "autoload"))

; Uses
(call method: [(identifier) (constant)] @ref.call)
((call receiver: (constant) @ref.call method: (identifier) @_new) (#eq? @_new "new"))
(superclass [(constant) @ref.inherit (scope_resolution name: (constant) @ref.inherit)])
((call method: (identifier) @_mixin arguments: (argument_list [
    (constant) @ref.inherit
    (scope_resolution name: (constant) @ref.inherit)]))
  (#any-of? @_mixin "include" "extend" "prepend"))
(constant) @ref.type
[(identifier) (instance_variable) (class_variable) (global_variable)] @ref.plain

; Settings
((element_reference object: (constant) @_env . (string (string_content) @env)) (#eq? @_env "ENV"))
((call receiver: (constant) @_env method: (identifier) @_reader
    arguments: (argument_list . (string (string_content) @env)))
  (#eq? @_env "ENV") (#any-of? @_reader "fetch" "key?" "delete" "dig"))
((call receiver: (_) @_config method: (identifier) @config) (#match? @_config "^Rails\\.(configuration|application\\.config)(\\.x)?$"))

; Routes: Rails, Sinatra
((call
    !receiver
    method: (identifier) @route.method
    arguments: (argument_list
      . (string (string_content) @route.path)))
  (#any-of? @route.method "get" "post" "put" "patch" "delete" "options" "match"))
((call
    !receiver
    method: (identifier) @route.method
    arguments: (argument_list
      . (string (string_content) @route.path)
      . (pair key: (hash_key_symbol) @_to value: (string (string_content) @route.handler))))
  (#any-of? @route.method "get" "post" "put" "patch" "delete" "options" "match")
  (#eq? @_to "to"))
((call
    !receiver
    method: (identifier) @route.method
    arguments: (argument_list
      . (pair key: (string (string_content) @route.path) value: (string (string_content) @route.handler))))
  (#any-of? @route.method "get" "post" "put" "patch" "delete" "match"))
((call !receiver method: (identifier) @_resources arguments: (argument_list . (simple_symbol) @route.path))
  (#any-of? @_resources "resources" "resource"))
