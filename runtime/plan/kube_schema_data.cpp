// The schemas' texts as read-only data of the program: nothing is copied or parsed at start-up.
#define CHASI_K8S_DATA(minor)                                             \
  __asm__(".section .rodata\n"                                            \
          ".global chasi_k8s_1_" #minor "_begin\n"                        \
          ".global chasi_k8s_1_" #minor "_end\n"                          \
          ".balign 16\n"                                                  \
          "chasi_k8s_1_" #minor "_begin:\n"                               \
          ".incbin \"" CHASI_K8S_FOLDER "/1." #minor ".schema\"\n"        \
          "chasi_k8s_1_" #minor "_end:\n"                                 \
          ".byte 0\n"                                                     \
          ".previous\n")

CHASI_K8S_DATA(33);
CHASI_K8S_DATA(34);
CHASI_K8S_DATA(35);
CHASI_K8S_DATA(36);
