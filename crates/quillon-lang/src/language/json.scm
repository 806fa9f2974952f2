; Definitions
(pair key: (string) @name value: [(object) (array)] @body) @def.key
(pair key: (string) @name) @def.key

; Around definitions
(comment) @comment

; Uses: schemas refer to other places
((pair key: (string (string_content) @_ref) value: (string (string_content) @ref.type)) (#eq? @_ref "$ref"))
