// Where an interrupt that waits is taken: a guest that says so on the serial port.
//
// For each piece of code in the table it lets the timer raise IRQ 0 while IF is 0, jumps
// to the code, and prints the distance from its start to where the interrupt came.

#define PIC 0x20
#define PIT 0x40
#define UART 0x3f8
#define APIC 0xfee00000
#define VECTOR 0x20
#define CODE 0x08

    .section .note.pvh, "a", @note
    .align 4
    .long 4
    .long 4
    .long 18
    .asciz "Xen"
    .long entry

    .text
    .code32
    .globl entry
entry:
    cli
    movl $directories + 3, pml4
    movl $low + 3, directories
    movl $high + 3, directories + 3 * 8
    movl $0x83, low                     // the first 2 MiB, and those of the APIC
    movl $APIC + 0x83, high + 0x1f7 * 8
    movl $0x20, %eax                    // PAE
    movl %eax, %cr4
    movl $pml4, %eax
    movl %eax, %cr3
    movl $0xc0000080, %ecx              // EFER: LME
    rdmsr
    orl $0x100, %eax
    wrmsr
    movl $0x80000011, %eax              // PG, ET, PE
    movl %eax, %cr0
    lgdt gdt_pointer
    ljmp $CODE, $long_mode

    .code64
long_mode:
    xorl %eax, %eax
    movl %eax, %ss
    movl $stack_top, %esp
    movl $taken, %eax                   // an interrupt gate
    movw %ax, idt + VECTOR * 16
    movl $0x8e000000 + CODE, idt + VECTOR * 16 + 2
    shrl $16, %eax
    movw %ax, idt + VECTOR * 16 + 6
    lidt idt_pointer
    movl $APIC, %edi
    movl $0x1ff, 0xf0(%rdi)             // on
    movl $0x700, 0x350(%rdi)            // LINT0: what the 8259 says
    .irp byte, 0x11, 0x20, 0x04, 0x01   // ICW1 to ICW4: vectors from 0x20 on
    movb $\byte, %al
    .if \byte == 0x11
    outb %al, $PIC
    .else
    outb %al, $PIC + 1
    .endif
    .endr
    movb $0xfe, %al                     // IRQ 0 alone
    outb %al, $PIC + 1
    movl $table, %ebp

next:
    movq (%rbp), %rbx
    addq $8, %rbp
    testq %rbx, %rbx
    jz finished
    movb $0x30, %al                     // mode 0: once, and soon
    outb %al, $PIT + 3
    movb $0x10, %al
    outb %al, $PIT
    xorl %eax, %eax
    outb %al, $PIT
    movb $0x0a, %al                     // until IRR says that it waits
    outb %al, $PIC
1:  inb $PIC, %al
    testb $1, %al
    jz 1b
    jmp *%rbx

taken:
    popq %rax                           // RIP
    subq %rbx, %rax
    addb $'0', %al
    movw $UART, %dx
    outb %al, %dx
    movb $'\n', %al
    outb %al, %dx
    movb $0x20, %al                     // end of interrupt
    outb %al, $PIC
    movl $stack_top, %esp
    jmp next

finished:
    xorl %eax, %eax
    outl %eax, $0xf4
1:  hlt
    jmp 1b

    // The pieces of code, behind 0 to 7 NOPs each.

    .macro pieces number
by_sti_\number:
    .rept \number
    nop
    .endr
1:  sti
    nop
    cli
    jmp 1b
by_popf_\number:
    .rept \number
    nop
    .endr
1:  pushq $0x202
    popfq
    cli
    jmp 1b
by_iretq_\number:
    .rept \number
    nop
    .endr
1:  iretq_to 2f
2:  cli
    jmp 1b
    .endm

    .macro iretq_to label
    pushq $0
    pushq $stack_top
    pushq $0x202
    pushq $CODE
    pushq $\label
    iretq
    .endm

    .altmacro
    .irp number, 0, 1, 2, 3, 4, 5, 6, 7
    pieces \number
    .endr

    .section .data
    .align 8
table:
    .irp number, 0, 1, 2, 3, 4, 5, 6, 7
    .quad by_sti_\number
    .quad by_popf_\number
    .quad by_iretq_\number
    .endr
    .quad 0
gdt:
    .quad 0
    .quad 0x00209b0000000000
gdt_pointer:
    .word gdt_pointer - gdt - 1
    .quad gdt
idt_pointer:
    .word (VECTOR + 1) * 16 - 1
    .quad idt

    .section .bss
    .align 4096
pml4:        .skip 4096
directories: .skip 4096
low:         .skip 4096
high:        .skip 4096
idt:         .skip (VECTOR + 1) * 16
    .align 16
             .skip 4096
stack_top:
