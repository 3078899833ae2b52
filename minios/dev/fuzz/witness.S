// The guest in which our machine and QEMU run the same instructions.
//
// It has a table of cases, and for each one:
//
//   1. fills the pages of ring 3, copies the code of the case, loads all registers
//   2. goes to the ring of the case with iretq
//   3. is told by an exception or by syscall how it ended: the code is followed by int3
//   4. writes down what the CPU and the pages look like now, and takes the next case
//
// The host fills the table (section .cases) and reads the results from memory.
// guest.py knows the same offsets and addresses.
//
//   physical address                        linear address
//   0x00100000  this program, one to one    0x00201000  code, ring 3, read only
//   0x00400000  cases, 256 bytes each       0x00203000  data, ring 3, no execute
//   0x00a00000  results, 256 bytes each     0x00204000  stack, ring 3, no execute
//                                           0x00206000  read only, ring 3
//                                           0x00207000  ring 0 only

#define FAR_ENTRY 0x80              // cases and results: no random address is there
#define FAR_BASE 0x400000000000
#define CASES (FAR_BASE + 0x400000)
#define RESULTS (FAR_BASE + 0xa00000)
#define RECORD_SHIFT 8
#define USER_CODE 0x201000
#define USER_DATA 0x203000
#define USER_STACK 0x204000
#define KERNEL_PAGE 0x207000
#define CODE_ALIAS 0x208000         // the page of code, for writing
#define CODE_BYTES 32
#define PAGE_WORDS 512
#define DEBUG_EXIT 0xf4

#define CASE_REGISTERS 32
#define CASE_RFLAGS 160
#define CASE_RING 168
#define CASE_OFFSET 176
#define CASE_CR0 184
#define CASE_CR4 192
#define CASE_RSP (CASE_REGISTERS + 4 * 8)

#define RESULT_FRAME 0    // vector, error code, RIP, CS, RFLAGS, RSP, SS
#define RESULT_REGISTERS 56
#define RESULT_CR2 184
#define RESULT_MEMORY 192
#define RESULT_VECTORS 200
#define RESULT_FLOATS 208

#define SYSCALL_ENTERED 256

#define CR0_BASE 0x80050033 // PG, AM, WP, NE, ET, MP, PE
#define CR4_BASE 0x50620    // OSXSAVE, FSGSBASE, OSXMMEXCPT, OSFXSR, PAE
#define KERNEL_CODE 0x08
#define KERNEL_DATA 0x10
#define RING3_DATA 0x23
#define RING3_CODE 0x2b
#define TASK 0x30

    .section .note.pvh, "a", @note
    .align 4
    .long 4
    .long 4
    .long 18
    .asciz "Xen"
    .long entry

    .section .text
    .code32
    .globl entry
entry:
    cli
    cld
    movl $page_directories + 7, pml4
    movl $page_directory + 7, page_directories
    movl $low_table + 7, page_directory // 1 to 2 MiB: ring 0; below: nothing
    movl $page_table + 7, page_directory + 8
    movl $0x100063, %eax
    movl $256, %ecx
1:  movl %eax, low_table(, %ecx, 8)
    addl $0x1000, %eax
    incl %ecx
    cmpl $512, %ecx
    jne 1b
    movl $far_directories + 3, pml4 + FAR_ENTRY * 8
    movl $far_directory + 3, far_directories
    movl $0x400083, %eax                // 4 to 16 MiB, far away from all else
    movl $2, %ecx
1:  movl %eax, far_directory(, %ecx, 8)
    addl $0x200000, %eax
    incl %ecx
    cmpl $8, %ecx
    jne 1b
    movl $USER_CODE + 0x65, page_table + 1 * 8
    movl $USER_DATA + 0x67, page_table + 3 * 8
    movl $0x80000000, page_table + 3 * 8 + 4
    movl $USER_STACK + 0x67, page_table + 4 * 8
    movl $0x80000000, page_table + 4 * 8 + 4
    movl $0x206065, page_table + 6 * 8
    movl $0x80000000, page_table + 6 * 8 + 4
    movl $KERNEL_PAGE + 0x63, page_table + 7 * 8
    movl $USER_CODE + 0x63, page_table + 8 * 8
    movl $0x209063, page_table + 9 * 8

    movl $CR4_BASE, %eax
    movl %eax, %cr4
    movl $pml4, %eax
    movl %eax, %cr3
    movl $0xc0000080, %ecx              // EFER: NXE, LME, SCE
    rdmsr
    orl $0x901, %eax
    wrmsr
    movl $CR0_BASE, %eax
    movl %eax, %cr0
    lgdt gdt_pointer
    ljmp $KERNEL_CODE, $long_mode

    .code64
long_mode:
    movl $KERNEL_DATA, %eax
    movl %eax, %ss
    leaq stack_top(%rip), %rsp
    movl $task, %eax                    // the base of the TSS, in its descriptor
    movw %ax, gdt + TASK + 2
    shrl $16, %eax
    movb %al, gdt + TASK + 4
    movq $handler_stack_top, task + 0x24
    movw $0x68, task + 0x66             // no I/O bitmap: it would begin behind the end
    movl $TASK, %eax
    ltr %ax
    xorl %eax, %eax                     // no LDT
    lldt %ax
    movl $0xc0000081, %ecx              // STAR
    xorl %eax, %eax
    movl $0x1b0008, %edx
    wrmsr
    incl %ecx                           // LSTAR
    movl $syscall_entry, %eax
    xorl %edx, %edx
    wrmsr
    movl $0xc0000084, %ecx              // FMASK
    movl $0x47700, %eax
    wrmsr
    xorl %ecx, %ecx                     // the IDT: all by one stack of their own
    leaq stubs(%rip), %rax
1:  movl %ecx, %edi
    shll $4, %edi
    movw %ax, idt(%rdi)
    movl $0x8e010000 + KERNEL_CODE, idt + 2(%rdi) // interrupt gate, IST 1
    movl %eax, %edx
    shrl $16, %edx
    movw %dx, idt + 6(%rdi)
    addq $16, %rax
    incl %ecx
    cmpl $32, %ecx
    jne 1b
    movb $0xee, idt + 3 * 16 + 5        // int3 and into are open to ring 3
    movb $0xee, idt + 4 * 16 + 5
    lidt idt_pointer
    xorl %eax, %eax
    xorl %edx, %edx
    fninit                              // the x87 and vector registers of each case:
    fxsave64 floats(%rip)               // control and status words as after a reset,
    leaq floats + 32(%rip), %rdi        // the rest zeros, then a pattern
    movl $16, %ecx
    rep stosq
    leaq floats(%rip), %rdi
    movl $0x1f80, 24(%rdi)              // MXCSR as after a reset
    movl $32, %ecx
    movabsq $0x3ff123456789abcd, %rax
1:  movq %rax, 160 - 8(%rdi, %rcx, 8)
    imulq $31, %rax
    loop 1b

    movabsq $0xcccccccccccccccc, %rax   // int3 wherever there is no code
    movl $CODE_ALIAS, %edi
    movl $PAGE_WORDS, %ecx
    rep stosq

next_case:
    leaq stack_top(%rip), %rsp
    movq current(%rip), %rbx
    cmpq last(%rip), %rbx
    jae finished
    shlq $RECORD_SHIFT, %rbx
    movabsq $CASES, %rax
    addq %rax, %rbx

    movl $USER_DATA, %edi
    call fill
    movl $USER_STACK, %edi
    call fill
    movl $KERNEL_PAGE, %edi
    call fill
    movq %rbx, %rsi
    movl $CODE_ALIAS, %edi
    addq CASE_OFFSET(%rbx), %rdi
    movq %rdi, code_at(%rip)
    movl $CODE_BYTES / 8, %ecx
    rep movsq

    fxrstor64 floats(%rip)
    xorl %eax, %eax
    movq %rax, %cr2
    movl $RING3_DATA, %eax
    movl %eax, %ds
    movl %eax, %es
    movl %eax, %fs
    movl %eax, %gs
    movq CASE_RING(%rbx), %rax
    movl $RING3_DATA, %ecx
    movl $RING3_CODE, %edx
    testl %eax, %eax
    jnz 1f
    movl $KERNEL_DATA, %ecx
    movl $KERNEL_CODE, %edx
1:  pushq %rcx
    pushq CASE_RSP(%rbx)
    pushq CASE_RFLAGS(%rbx)
    pushq %rdx
    movl $USER_CODE, %eax
    addq CASE_OFFSET(%rbx), %rax
    pushq %rax
    movq CASE_CR4(%rbx), %rax
    movq %rax, %cr4
    movq CASE_CR0(%rbx), %rax
    movq %rax, %cr0
    .irp number, 15, 14, 13, 12, 11, 10, 9, 8
    movq CASE_REGISTERS + \number * 8(%rbx), %r\number
    .endr
    movq CASE_REGISTERS + 7 * 8(%rbx), %rdi
    movq CASE_REGISTERS + 6 * 8(%rbx), %rsi
    movq CASE_REGISTERS + 5 * 8(%rbx), %rbp
    movq CASE_REGISTERS + 2 * 8(%rbx), %rdx
    movq CASE_REGISTERS + 1 * 8(%rbx), %rcx
    movq CASE_REGISTERS(%rbx), %rax
    movq CASE_REGISTERS + 3 * 8(%rbx), %rbx
    iretq

fill:                                   // a page with a pattern
    movl $PAGE_WORDS, %ecx
    movq %rdi, %rax
1:  stosq
    rolq $13, %rax
    addq $0x201, %rax
    loop 1b
    ret

finished:
    xorl %eax, %eax
    movl $DEBUG_EXIT, %edx
    outl %eax, %dx
1:  hlt
    jmp 1b

// How a case ends.

    .align 16
stubs:
    .set vector, 0
    .rept 32
    .align 16
    .if (vector == 8) || (vector == 17) || ((vector >= 10) && (vector <= 14))
    .else
    pushq $0
    .endif
    pushq $vector
    jmp ended
    .set vector, vector + 1
    .endr

syscall_entry:
    movq %rsp, user_rsp                 // no stack is given: make the same frame
    movl $handler_stack_top, %esp
    pushq $0
    pushq user_rsp
    pushfq
    pushq $0
    pushq $0
    pushq $0
    pushq $SYSCALL_ENTERED

ended:
    pushq %rbx
    movq current, %rbx
    shlq $RECORD_SHIFT, %rbx
    pushq %rax
    movabsq $RESULTS, %rax
    addq %rax, %rbx
    popq %rax
    movq %rax, RESULT_REGISTERS(%rbx)
    movq %rcx, RESULT_REGISTERS + 1 * 8(%rbx)
    movq %rdx, RESULT_REGISTERS + 2 * 8(%rbx)
    movq %rbp, RESULT_REGISTERS + 5 * 8(%rbx)
    movq %rsi, RESULT_REGISTERS + 6 * 8(%rbx)
    movq %rdi, RESULT_REGISTERS + 7 * 8(%rbx)
    .irp number, 8, 9, 10, 11, 12, 13, 14, 15
    movq %r\number, RESULT_REGISTERS + \number * 8(%rbx)
    .endr
    popq RESULT_REGISTERS + 3 * 8(%rbx)
    cld
    movl $CR0_BASE, %eax
    movq %rax, %cr0
    movl $CR4_BASE, %eax
    movq %rax, %cr4
    movl $KERNEL_DATA, %eax
    movl %eax, %ss
    movl %eax, %ds
    movl %eax, %es
    .irp number, 0, 1, 2, 3, 4, 5, 6
    popq RESULT_FRAME + \number * 8(%rbx)
    .endr
    movq RESULT_FRAME + 5 * 8(%rbx), %rax
    movq %rax, RESULT_REGISTERS + 4 * 8(%rbx)
    movq %cr2, %rax
    movq %rax, RESULT_CR2(%rbx)

    fxsave64 floats_after(%rip)
    xorl %eax, %eax
    movl $USER_DATA, %esi
    movl $PAGE_WORDS, %ecx
    call hash
    movl $USER_STACK, %esi
    movl $PAGE_WORDS, %ecx
    call hash
    movq %rax, RESULT_MEMORY(%rbx)
    xorl %eax, %eax
    leaq floats_after + 160(%rip), %rsi
    movl $32, %ecx
    call hash
    movq %rax, RESULT_VECTORS(%rbx)
    movl floats_after + 24(%rip), %eax  // MXCSR, the x87 registers,
    leaq floats_after + 32(%rip), %rsi
    movl $16, %ecx
    call hash
    xorq floats_after(%rip), %rax       // ... their control and status words
    movq %rax, RESULT_FLOATS(%rbx)
    movq code_at(%rip), %rdi            // no code is left for the next case
    movabsq $0xcccccccccccccccc, %rax
    movl $CODE_BYTES / 8, %ecx
    rep stosq
    incq current(%rip)
    jmp next_case

hash:                                   // RAX: of RCX words at RSI, and of RAX
    imulq $31, %rax
    addq (%rsi), %rax
    addq $8, %rsi
    loop hash
    ret

    .section .data
    .align 16
    .ascii "minios: from, to"           // the host finds the words behind this text
current: .quad 0
last:    .quad 0
    .align 8
gdt:
    .quad 0
    .quad 0x00209b0000000000
    .quad 0x0000930000000000
    .quad 0
    .quad 0x0000f30000000000
    .quad 0x0020fb0000000000
    .quad 0x0000890000000067            // the TSS; its base is filled in
    .quad 0
gdt_pointer:
    .word gdt_pointer - gdt - 1
    .quad gdt
idt_pointer:
    .word 32 * 16 - 1
    .quad idt

    .section .bss
    .align 4096
pml4:             .skip 4096
page_directories: .skip 4096
page_directory:   .skip 4096
page_table:       .skip 4096
low_table:        .skip 4096
far_directories:  .skip 4096
far_directory:    .skip 4096
idt:              .skip 512
    .align 16
floats:           .skip 512
floats_after:     .skip 512
task:             .skip 104
user_rsp:         .skip 8
code_at:          .skip 8
    .align 16
                  .skip 4096
stack_top:
                  .skip 4096
handler_stack_top:

    .section .cases, "a"
    .incbin "cases.bin"
