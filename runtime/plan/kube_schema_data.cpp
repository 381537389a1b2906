// The schema's text as read-only data of the program: nothing is copied or parsed at start-up.
__asm__(".section .rodata\n"
        ".global chasi_k8s_schema_begin\n"
        ".global chasi_k8s_schema_end\n"
        ".balign 16\n"
        "chasi_k8s_schema_begin:\n"
        ".incbin \"" CHASI_K8S_SCHEMA "\"\n"
        "chasi_k8s_schema_end:\n"
        ".byte 0\n"
        ".previous\n");
